import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { requireTool } from '../../tools/find-tool.mjs';
import { type RunningServer, type ServerCommand, startServer } from './process.ts';

export interface S3ServerOptions {
  readonly port: number;
  /** Buckets are folders in here, objects are files. */
  readonly dataDir: string;
  /** Also the server's root account. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Created if they do not exist. */
  readonly buckets?: readonly string[];
  readonly logFile: string;
  /** Path of versitygw; default: what `requireTool` finds. */
  readonly command?: string;
}

/** Everything a client needs; pass it on as it is, with `forcePathStyle`. */
export interface S3Server extends RunningServer {
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const region = 'us-east-1';
// Not a possible bucket name, so it hides no bucket.
const healthPath = '/-/health';

/** Starts versitygw, a real S3 server over a local folder, and creates the buckets. */
export async function startS3(options: S3ServerOptions): Promise<S3Server> {
  const { port, dataDir, accessKeyId, secretAccessKey, buckets = [], logFile } = options;
  const url = `http://127.0.0.1:${port}`;
  await mkdir(dataDir, { recursive: true });
  const command: ServerCommand = {
    name: 's3',
    command: options.command ?? requireTool('versitygw').path,
    args: ['--port', `127.0.0.1:${port}`, '--region', region, '--health', healthPath, '--quiet', 'posix', dataDir],
    // Keys go through the environment, where other users' `ps` does not show them.
    env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
    logFile,
    ready: async () => (await fetch(url + healthPath)).ok,
  };
  const server = await startServer(command).catch(async (error: unknown) => {
    // Some file systems have no extended attributes, where versitygw keeps ETags and metadata; it can use files instead.
    if (!(error instanceof Error && error.message.includes('xattr check failed'))) throw error;
    // versitygw takes any path that begins with the data folder's for one inside it, hence the prefix rather than a suffix.
    const sidecar = join(dirname(dataDir), `metadata-of-${basename(dataDir)}`);
    await mkdir(sidecar, { recursive: true });
    return startServer({ ...command, args: [...command.args.slice(0, -1), '--sidecar', sidecar, dataDir] });
  });
  try {
    await createBuckets({ url, accessKeyId, secretAccessKey }, buckets);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { ...server, url, region, accessKeyId, secretAccessKey };
}

async function createBuckets(
  { url, accessKeyId, secretAccessKey }: { url: string; accessKeyId: string; secretAccessKey: string },
  buckets: readonly string[],
): Promise<void> {
  const client = new S3Client({
    endpoint: url,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  try {
    for (const bucket of buckets) {
      await client.send(new CreateBucketCommand({ Bucket: bucket })).catch((error: unknown) => {
        if (!(error instanceof Error && error.name === 'BucketAlreadyOwnedByYou')) throw error;
      });
    }
  } finally {
    client.destroy();
  }
}

/** Tries what an export will do, one right after the other. */
import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import type { ProbeStep } from '../../shared/activities.ts';
import { ExportError } from '../export-error.ts';
import { toDestinationError } from './destination-failures.ts';
import { resolveAllowed } from './network-guard.ts';
import { abortMultipart } from './s3-multipart.ts';
import { putNewObject } from './s3-put.ts';
import { request } from './s3-request.ts';
import type { S3Session } from './s3-session.ts';

const STEP_TIMEOUT_MS = 20_000;

type Step = [name: ProbeStep['step'], run: (signal: AbortSignal) => Promise<void>];

/**
 * Runs the steps until one fails. What they wrote is removed in any case.
 * @param folder where to write, with "/" at its end: rights may be limited to it
 * @param timeoutMs for each step
 */
export async function probeS3(
  session: S3Session,
  folder: string,
  timeoutMs: number = STEP_TIMEOUT_MS,
): Promise<ProbeStep[]> {
  const key = `${folder}_test-${randomBytes(8).toString('hex')}`;
  const body = Buffer.from('A connection test of event-exports. It may be deleted.\n');
  let written = false;
  let uploadId: string | undefined;

  const object = { Bucket: session.destination.bucket, Key: key };
  const steps: Step[] = [
    ['resolve', async () => resolveAllowed(await endpointOf(session), session.policy)],
    ['connect', async (signal) => connect(await endpointOf(session), session, signal)],
    [
      'write',
      async (signal) => {
        written = true;
        await putNewObject(session, { key, body, contentType: 'text/plain; charset=utf-8', signal });
        const begin = new CreateMultipartUploadCommand({ ...object, ...session.encryption });
        uploadId = (await request(session, () => session.client.send(begin, { abortSignal: signal }))).UploadId;
        if (uploadId !== undefined) await abortMultipart(session, key, uploadId);
        uploadId = undefined;
      },
    ],
    [
      'read',
      async (signal) => {
        const read = await request(session, async () => {
          const { Body } = await session.client.send(new GetObjectCommand(object), { abortSignal: signal });
          return Body?.transformToByteArray();
        });
        if (!body.equals(read ?? Buffer.alloc(0))) throw otherBytes();
      },
    ],
    [
      // Without this right S3 answers "access denied", not "no such key", when an object is missing.
      'list',
      async (signal) => {
        const list = new ListObjectsV2Command({ Bucket: object.Bucket, Prefix: key, MaxKeys: 1 });
        await request(session, () => session.client.send(list, { abortSignal: signal }));
      },
    ],
    [
      'delete',
      async (signal) => {
        await request(session, () => session.client.send(new DeleteObjectCommand(object), { abortSignal: signal }));
        written = false;
      },
    ],
  ];

  const results = await runSteps(steps, session, timeoutMs);
  if (uploadId !== undefined) await abortMultipart(session, key, uploadId).catch(() => undefined);
  if (written) {
    const signal = AbortSignal.timeout(timeoutMs);
    await session.client.send(new DeleteObjectCommand(object), { abortSignal: signal }).catch(() => undefined);
  }
  return results;
}

async function runSteps(steps: readonly Step[], session: S3Session, timeoutMs: number): Promise<ProbeStep[]> {
  const results: ProbeStep[] = [];
  for (const [step, run] of steps) {
    const begun = performance.now();
    const elapsed = () => Math.round(performance.now() - begun);
    try {
      await run(AbortSignal.timeout(timeoutMs));
      results.push({ step, ok: true, milliseconds: elapsed() });
    } catch (error) {
      const { type, message, remedy } = toDestinationError(error, session.place);
      results.push({ step, ok: false, failure: { type, message, remedy }, milliseconds: elapsed() });
      break;
    }
  }
  return results;
}

/** The address that requests for this bucket go to, for Amazon's own endpoints too. */
async function endpointOf({ client, destination }: S3Session): Promise<URL> {
  if (destination.endpoint !== undefined) return new URL(destination.endpoint);
  const { url } = client.config.endpointProvider({
    Bucket: destination.bucket,
    Region: await client.config.region(),
    UseFIPS: false,
    UseDualStack: false,
  });
  return url;
}

/** Any answer will do, a refusal too: only the way is tried, TCP and TLS. */
function connect(url: URL, { agents }: S3Session, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const [open, agent] =
      url.protocol === 'https:' ? [httpsRequest, agents.httpsAgent] : [httpRequest, agents.httpAgent];
    open(url, { method: 'HEAD', agent, signal }, (response) => {
      response.resume();
      resolve();
    })
      .on('error', reject)
      .end();
  });
}

function otherBytes(): ExportError {
  return new ExportError(
    'ConfigInvalid',
    'The storage gave back other bytes than were written',
    'Check that the endpoint is an S3 server, and that no proxy changes what passes through it.',
  );
}

import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { ClickHouseClient } from '@clickhouse/client';
import type { IntegrationView } from '../../client/index.ts';
import { type Manifest, parseManifest } from '../../shared/manifest.ts';
import { integrationFolder } from '../../shared/names.ts';
import type { S3Server } from '../stack/s3.ts';
import { DEMO_BUCKET, DEMO_INTEGRATION } from './integration.ts';
import { countEvents, DEMO_PROJECT, keysWrittenSince } from './sample.ts';

/** What the manifests in a bucket say was delivered. */
export interface Delivered {
  rows: number;
  periods: number;
  files: number;
  bytes: number;
  manifests: Manifest[];
}

/**
 * Counts what the integration to the bucket has delivered, and what the source holds up to where it is.
 * @throws Error that names the first file which is not as its manifest says
 */
export async function readFiles(
  s3: S3Server,
  clickhouse: ClickHouseClient,
  { exportedUpTo }: IntegrationView,
): Promise<Omit<Delivered, 'manifests'> & { sourceRows: number }> {
  const bucket = new S3Client({
    endpoint: s3.url,
    region: s3.region,
    forcePathStyle: true,
    credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
  });
  const folder = integrationFolder({ prefix: '', projectId: DEMO_PROJECT, integrationId: DEMO_INTEGRATION });
  const { manifests, ...delivered } = await readManifests(bucket, DEMO_BUCKET, folder);
  const upTo = new Date(exportedUpTo ?? 0);
  const { rows: sourceRows } = await countEvents(clickhouse, upTo);
  // Rows that were updated after their export stand in the files twice, or the source shows them later; then only reading the files tells.
  const rows =
    delivered.rows === sourceRows
      ? sourceRows
      : await countNewestVersions(bucket, manifests, await keysWrittenSince(clickhouse, upTo));
  return { ...delivered, rows, sourceRows };
}

/** Adds up every manifest below a folder, as a reader of the bucket would. */
export async function readManifests(s3: S3Client, bucket: string, folder: string): Promise<Delivered> {
  const delivered: Delivered = { rows: 0, periods: 0, files: 0, bytes: 0, manifests: [] };
  for await (const key of keysBelow(s3, bucket, `${folder}manifests/`)) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const manifest = parseManifest((await Body?.transformToString()) ?? '');
    delivered.manifests.push(manifest);
    delivered.rows += manifest.totals.rows;
    delivered.files += manifest.totals.files;
    delivered.bytes += manifest.totals.bytes;
    delivered.periods += manifest.periods;
  }
  return delivered;
}

/**
 * Reads every file that the manifests name, checks its sha256 and its rows, and counts rows as a reader does who takes the newest version
 * of each: an update that came after its row's export is delivered as a second version.
 * @param except keys of rows that do not count
 * @throws Error that names the first file which is not as its manifest says
 */
async function countNewestVersions(
  s3: S3Client,
  manifests: readonly Manifest[],
  except: ReadonlySet<string>,
): Promise<number> {
  const newest = new Set<string>();
  for (const file of manifests.flatMap((manifest) => manifest.files)) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: DEMO_BUCKET, Key: file.key }));
    const hash = createHash('sha256');
    const lines = createGunzip();
    let rows = 0;
    if (!(Body instanceof Readable)) throw new Error(`${file.key}: the object has no body`);
    const hashed = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    };
    const readLines = async () => {
      for await (const line of createInterface({ input: lines, crlfDelay: Number.POSITIVE_INFINITY })) {
        rows += 1;
        const { id, trace_id } = JSON.parse(line);
        const key = `${trace_id}/${id}`;
        if (!except.has(key)) newest.add(key);
      }
    };
    await Promise.all([pipeline(Body, hashed, lines), readLines()]);
    if (hash.digest('hex') !== file.sha256) throw new Error(`${file.key}: its sha256 is not the one in its manifest`);
    if (rows !== file.rows) throw new Error(`${file.key}: ${rows} rows, its manifest says ${file.rows}`);
  }
  return newest.size;
}

async function* keysBelow(s3: S3Client, bucket: string, prefix: string): AsyncGenerator<string> {
  for (let token: string | undefined; ; ) {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }));
    for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield Key;
    if (page.NextContinuationToken === undefined) return;
    token = page.NextContinuationToken;
  }
}

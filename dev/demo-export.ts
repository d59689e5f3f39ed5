/** `npm run demo:export`: one batch export of the sample events. See `--help`. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { get, IncomingMessage } from 'node:http';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BatchExportDetails, createExportsClient, type ExportsClient, InvalidConfig } from '../client/index.ts';
import { downloadsOf, downloadVariables } from './demo/downloads.ts';
import { EXPORT_HELP, type ExportOptions, readExportOptions } from './demo/export-options.ts';
import { number, size } from './demo/format.ts';
import { DEMO_BUCKET } from './demo/integration.ts';
import { findRunning, type RunningDemo } from './demo/running.ts';
import { DEMO_DATABASE, DEMO_PROJECT, prepareSample } from './demo/sample.ts';
import { connectClickHouse, connectTemporal } from './stack/connect.ts';
import { freePort } from './stack/ports.ts';
import { loadDevSecrets } from './stack/secrets.ts';
import { startStack } from './stack/stack.ts';
import { startWorkerProcess } from './stack/worker.ts';

const ACTOR = 'npm run demo:export';

type Place = Pick<RunningDemo, 'temporal' | 's3'>;

/** Uses the running demo, or starts servers and a worker for this one export. */
async function openPlace(options: ExportOptions, dataDir: string): Promise<Place & { stop?: () => Promise<void> }> {
  const running = await findRunning(dataDir);
  if (running !== undefined) return running;
  log('no "npm start" runs on this data folder: starting Temporal, ClickHouse, S3 and a worker …');
  const stack = await startStack({ dataDir, portBase: options.portBase, buckets: [DEMO_BUCKET], log });
  try {
    const source = connectClickHouse(stack.clickhouse);
    await prepareSample(source, { rows: options.rows, days: 7 }, log);
    await source.close();
    const { port: healthPort } = await freePort(options.portBase + 8);
    const env = downloadVariables(stack.s3);
    const worker = await startWorkerProcess(stack, { healthPort, database: DEMO_DATABASE, env });
    const stop = async () => {
      await worker.stop();
      await stack.stop();
    };
    return { temporal: stack.temporal, s3: stack.s3, stop };
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

async function connect({ temporal, s3 }: Place, dataDir: string): Promise<ExportsClient> {
  const secrets = await loadDevSecrets(dataDir);
  const connection = await connectTemporal(temporal);
  return createExportsClient({
    connection,
    namespace: temporal.namespace,
    encryptionKey: secrets.encryptionKey,
    downloads: downloadsOf({ ...s3, accessKeyId: secrets.s3AccessKeyId, secretAccessKey: secrets.s3SecretAccessKey }),
  });
}

/** Waits for the end of the export and tells how far it is. @throws Error with reason and remedy when it fails */
async function untilReady(exports: ExportsClient, exportId: string): Promise<BatchExportDetails> {
  for (let told = ''; ; await sleep(300)) {
    const details = await exports.batchExports.get({ projectId: DEMO_PROJECT, exportId });
    const { status, progress, failure } = details;
    if (status === 'COMPLETED') return details;
    if (status === 'FAILED' || status === 'CANCELLED' || status === 'EXPIRED') {
      throw new Error(failure === undefined ? `The export is ${status}.` : `${failure.message} ${failure.remedy}`);
    }
    const far = progress === undefined ? '' : `  ${number(progress.rows)} rows, ${size(progress.bytes)}`;
    const line = `${status}${far}${progress?.percent === undefined ? '' : ` (${Math.floor(progress.percent)} %)`}`;
    if (line !== told) log(line);
    told = line;
  }
}

async function main(options: ExportOptions): Promise<number> {
  const dataDir = resolve(options.dataDir);
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(() => 130);
  const place = await openPlace(options, dataDir);
  try {
    const exports = await connect(place, dataDir);
    const begun = performance.now();
    const { exportId, workflowId } = await exports.batchExports.create({
      projectId: DEMO_PROJECT,
      actor: ACTOR,
      request: options.request,
    });
    const finish = async () => {
      const { rows = 0, bytes = 0, sha256, truncatedAt } = await untilReady(exports, exportId);
      const seconds = Number(((performance.now() - begun) / 1000).toFixed(1));
      const link = await exports.batchExports.downloadUrl({ projectId: DEMO_PROJECT, exportId });
      const out = options.out ?? (place.stop === undefined ? undefined : link.fileName);
      if (out !== undefined) await save(link.url, out);
      const cut = truncatedAt === undefined ? '' : `, cut at the limit of ${number(truncatedAt)} rows`;
      const ui = place.temporal.uiUrl === undefined ? '' : `   (${place.temporal.uiUrl})`;
      log(`\nReady: ${number(rows)} rows, ${size(bytes)} in ${seconds} s${cut}; sha256 ${sha256}`);
      log(`  workflow  ${workflowId}${ui}`);
      log(`  link      ${link.url}   (valid until ${link.validUntil})`);
      if (out !== undefined) log(`  file      ${resolve(out)}`);
      if (options.json) {
        const result = { exportId, rows, bytes, sha256, seconds, url: link.url, file: out };
        process.stdout.write(`${JSON.stringify(result)}\n`);
      }
      return 0;
    };
    const code = await Promise.race([finish(), interrupted]);
    if (code !== 0) {
      log('cancelling the export …');
      await exports.batchExports.cancel({ projectId: DEMO_PROJECT, exportId, actor: ACTOR });
    }
    return code;
  } finally {
    await place.stop?.();
  }
}

/** Reads the link as a browser does; not by `fetch`, whose parser crashes the process when a server hangs up while the disk is slow (Node 24.21). */
async function save(url: string, path: string): Promise<void> {
  const [response] = await once(get(url), 'response');
  if (!(response instanceof IncomingMessage) || response.statusCode !== 200) {
    throw new Error('The storage refuses the link. Has the file expired?');
  }
  await pipeline(response, createWriteStream(path));
}

let log = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const options = readExportOptions(process.argv.slice(2));
  if (options.json) log = (line) => void process.stderr.write(`${line}\n`);
  if (options.help) process.stdout.write(`${EXPORT_HELP}\n`);
  else process.exitCode = await main(options);
} catch (error) {
  const lines =
    error instanceof InvalidConfig
      ? error.issues.map(({ path, message }) => `${path}: ${message}`)
      : [error instanceof Error ? error.message : String(error)];
  process.stderr.write(`\n${lines.join('\n')}\n`);
  process.exitCode = 1;
}
// Clients keep sockets open for reuse; everything that matters has been stopped.
process.exit();

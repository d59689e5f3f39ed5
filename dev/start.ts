/** `npm start`: the main job on the embedded stack. See `--help`. */
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { createExportsClient } from '../client/index.ts';
import { integrationFolder } from '../shared/names.ts';
import { downloadVariables } from './demo/downloads.ts';
import { DEMO_BUCKET, DEMO_INTEGRATION, ensureIntegration, viewOf } from './demo/integration.ts';
import { HELP, readOptions, type StartOptions } from './demo/options.ts';
import { number, Progress, size } from './demo/progress.ts';
import { noteRunning } from './demo/running.ts';
import { countEvents, DEMO_DATABASE, DEMO_PROJECT, prepareSample } from './demo/sample.ts';
import { countNewestVersions, readManifests } from './demo/verify.ts';
import { generateNewRows } from './sample-data/generate-new-rows.ts';
import { connectClickHouse, connectTemporal } from './stack/connect.ts';
import { freePort } from './stack/ports.ts';
import { describeExit, type RunningServer } from './stack/process.ts';
import { type Stack, startStack } from './stack/stack.ts';
import { startWorkerProcess } from './stack/worker.ts';

const NEW_ROWS_EVERY_MS = 15_000;

/** With --json only the result goes to stdout, so that it can be piped. */
function logger(json: boolean): (line: string) => void {
  const out = json ? process.stderr : process.stdout;
  return (line) => void out.write(`${line}\n`);
}

async function main(options: StartOptions): Promise<number> {
  const started = performance.now();
  const log = logger(options.json);
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(
    () => 'interrupted' as const,
  );
  log('starting Temporal, ClickHouse and S3 …');
  const stack = await startStack({
    dataDir: resolve(options.dataDir),
    portBase: options.portBase,
    buckets: [DEMO_BUCKET],
    log,
  });
  let worker: RunningServer | undefined;
  let forget: (() => Promise<void>) | undefined;
  const died = stack.failed.then((error): never => {
    throw error;
  });
  died.catch(() => undefined);
  try {
    const outcome = await Promise.race([run(), died, interrupted]);
    return outcome === 'interrupted' ? 130 : outcome;
  } finally {
    log('stopping …');
    await forget?.();
    await worker?.stop();
    await stack.stop();
  }

  async function run(): Promise<number> {
    const { clickhouse, temporal, s3, secrets } = stack;
    const source = connectClickHouse(clickhouse);
    await prepareSample(source, options, log);
    const { port: healthPort } = await freePort(options.portBase + 4);
    worker = await startWorkerProcess(stack, { healthPort, database: DEMO_DATABASE, env: downloadVariables(s3) });
    forget = await noteRunning(resolve(options.dataDir), stack);
    const workerDied = worker.exited.then((exit): never => {
      throw new Error(describeExit(exit));
    });
    workerDied.catch(() => undefined);
    const connection = await connectTemporal(temporal);
    const exports = createExportsClient({
      connection,
      namespace: temporal.namespace,
      encryptionKey: secrets.encryptionKey,
    });
    await ensureIntegration(exports, s3);

    const progress = new Progress(options.json ? process.stderr : process.stdout);
    const caughtUp = async () => {
      for (;;) {
        const view = await viewOf(exports);
        if (view !== undefined) {
          progress.show(view);
          if (view.caughtUp) return view;
          if (options.once && view.blocked !== undefined) {
            throw new Error(`${view.blocked.failure.message} ${view.blocked.failure.remedy}`);
          }
        }
        await sleep(500);
      }
    };
    const view = await Promise.race([caughtUp(), workerDied]).finally(() => progress.end());

    const bucket = new S3Client({
      endpoint: s3.url,
      region: s3.region,
      forcePathStyle: true,
      credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
    });
    const seconds = (performance.now() - started) / 1000;
    const folder = integrationFolder({ prefix: '', projectId: DEMO_PROJECT, integrationId: DEMO_INTEGRATION });
    const delivered = await readManifests(bucket, DEMO_BUCKET, folder);
    const sourceRows = await countEvents(source, new Date(view.exportedUpTo ?? 0));
    // Rows that were updated after their export stand in the files twice; then only reading the files tells.
    const rows =
      delivered.rows === sourceRows ? sourceRows : await countNewestVersions(bucket, DEMO_BUCKET, delivered.manifests);
    const complete = rows === sourceRows;
    const { periods, files, bytes } = delivered;
    log(
      summary({ stack, sourceRows, rows, periods, files, bytes, seconds, complete, dataDir: resolve(options.dataDir) }),
    );
    if (options.json) {
      process.stdout.write(
        `${JSON.stringify({ sourceRows, rows, periods, files, bytes, seconds: Number(seconds.toFixed(1)) })}\n`,
      );
    }
    if (options.once) return complete ? 0 : 1;

    log(
      'Running on: new events arrive every 15 seconds, each hour is exported 20 minutes after its end. Ctrl-C stops.',
    );
    const command = (query: string) => source.command({ query });
    const goOn = async (): Promise<never> => {
      for (;;) {
        await sleep(NEW_ROWS_EVERY_MS);
        await generateNewRows({ command, database: DEMO_DATABASE, projectId: DEMO_PROJECT, legacy: true });
        const now = await viewOf(exports);
        if (now !== undefined) progress.show(now);
      }
    };
    return Promise.race([goOn(), workerDied]);
  }
}

interface Summary {
  stack: Stack;
  sourceRows: number;
  rows: number;
  periods: number;
  files: number;
  bytes: number;
  seconds: number;
  complete: boolean;
  dataDir: string;
}

function summary({ stack, sourceRows, rows, periods, files, bytes, seconds, complete, dataDir }: Summary): string {
  const { temporal, clickhouse, s3, mail, secrets, logDir } = stack;
  return [
    '',
    complete
      ? `Complete: ${number(rows)} rows of ${number(sourceRows)} in ${number(periods)} periods, ${number(files)} files, ${size(bytes)}; ${seconds.toFixed(1)} s with the start of everything.`
      : `NOT complete: the files hold ${number(rows)} rows, the source ${number(sourceRows)}.`,
    '',
    `  Temporal UI   ${temporal.uiUrl}   (workflow integration/${DEMO_PROJECT}/${DEMO_INTEGRATION})`,
    `  S3            ${s3.url}   bucket ${DEMO_BUCKET}, on disk ${dataDir}/s3/${DEMO_BUCKET}`,
    `  ClickHouse    ${clickhouse.url}   user ${clickhouse.user}, table ${DEMO_DATABASE}.events_full`,
    `  mails         ${mail.folder}   (caught by ${mail.url}, sent to nobody)`,
    `  secrets       ${dataDir}/secrets.json   (S3 access key ${secrets.s3AccessKeyId})`,
    `  logs          ${logDir}`,
    '',
  ].join('\n');
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(`${HELP}\n`);
  else process.exitCode = await main(options);
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
// Clients keep sockets open for reuse; everything that matters has been stopped.
process.exit();

/** `npm start`: the main job on the embedded stack. See `--help`. */
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createExportsClient } from '../client/index.ts';
import { showAll, untilCaughtUp } from './demo/catch-up.ts';
import { downloadVariables } from './demo/downloads.ts';
import { DEMO_BUCKET, DEMO_INTEGRATION, ensureIntegration } from './demo/integration.ts';
import { HELP, readOptions, type StartOptions } from './demo/options.ts';
import { Progress } from './demo/progress.ts';
import { noteRunning } from './demo/running.ts';
import { DEMO_DATABASE, DEMO_PROJECT, prepareSample } from './demo/sample.ts';
import { ensureSinks } from './demo/sinks.ts';
import { type Outcome, problemsOf, resultOf, summaryOf } from './demo/summary.ts';
import { readFiles } from './demo/verify.ts';
import { readDelivery } from './demo/verify-sinks.ts';
import { generateNewRows } from './sample-data/generate-new-rows.ts';
import { connectClickHouse, connectTemporal } from './stack/connect.ts';
import { freePort } from './stack/ports.ts';
import { describeExit, type RunningServer } from './stack/process.ts';
import { startStack } from './stack/stack.ts';
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
  const progress = new Progress(options.json ? process.stderr : process.stdout);
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(
    () => 'interrupted' as const,
  );
  log('starting Temporal, ClickHouse, S3 and emulators of PostHog and Mixpanel …');
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
    progress.end();
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
    const seconds = () => (performance.now() - started) / 1000;
    const deliver = async (): Promise<Outcome> => {
      const caughtUp = (id: string) => untilCaughtUp(exports, id, progress, { failBlocked: options.once });
      await ensureIntegration(exports, s3);
      const view = await caughtUp(DEMO_INTEGRATION);
      const files = { ...(await readFiles(s3, source, view)), seconds: seconds() };
      // Afterwards, because side by side all three would be late.
      const made = await ensureSinks(exports, stack);
      const views = { posthog: await caughtUp('posthog'), mixpanel: await caughtUp('mixpanel') };
      const sinkSeconds = seconds();
      progress.end();
      const { posthogUrl, mixpanelUrl } = stack.emulators;
      const sinks = {
        posthog: await readDelivery(source, views.posthog, { url: posthogUrl, fromStart: made.posthog.created }),
        mixpanel: await readDelivery(source, views.mixpanel, { url: mixpanelUrl, fromStart: made.mixpanel.created }),
      };
      return { ...files, sinks, sinkSeconds };
    };
    const outcome = await Promise.race([deliver(), workerDied]);
    log(summaryOf(outcome, stack, resolve(options.dataDir)));
    if (options.json) process.stdout.write(`${JSON.stringify(resultOf(outcome))}\n`);
    if (options.once) return problemsOf(outcome).length === 0 ? 0 : 1;

    await ensureSinks(exports, stack);
    log(
      'Running on: new events arrive every 15 seconds, each hour is exported 20 minutes after its end. Ctrl-C stops.',
    );
    const command = (query: string) => source.command({ query });
    const goOn = async (): Promise<never> => {
      for (;;) {
        await sleep(NEW_ROWS_EVERY_MS);
        await generateNewRows({ command, database: DEMO_DATABASE, projectId: DEMO_PROJECT, legacy: true });
        await showAll(exports, progress);
      }
    };
    return Promise.race([goOn(), workerDied]);
  }
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

/** The worker process: `node workers/main.ts`. Its environment variables are described in `variables.ts`. */
import { ExportError } from '../activities/export-error.ts';
import { MigrationError } from '../activities/records/migrate.ts';
import { ConfigError, readConfig } from './config.ts';
import { ConnectionError } from './connection.ts';
import { createLogger } from './logger.ts';
import { SearchAttributeError } from './register-search-attributes.ts';
import { installRuntime } from './runtime.ts';
import { startWorker } from './start-worker.ts';

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const logger = createLogger(config.logLevel);
  const runtime = installRuntime(config, logger);
  const { temporal, queues, ports } = config;
  const worker = await startWorker(config, logger, runtime.metricMeter);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      logger.info('Stopping', { signal });
      worker.shutdown();
    });
  }
  logger.info('Worker is running', { address: temporal.address, namespace: temporal.namespace, queues, ports });
  await worker.stopped;
  logger.info('Worker has stopped');
}

/** What an operator can mend is said in a sentence; a stack trace would only hide it. */
function describeFatal(error: unknown): string {
  if (error instanceof ExportError) return `${error.message} ${error.remedy}`;
  const forOperators = [ConfigError, ConnectionError, MigrationError, SearchAttributeError];
  if (error instanceof Error && forOperators.some((kind) => error instanceof kind)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

main().catch((error: unknown) => {
  process.stderr.write(`${describeFatal(error)}\n`);
  process.exitCode = 1;
});

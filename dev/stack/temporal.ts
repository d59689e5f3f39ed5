import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { SEARCH_ATTRIBUTE_TYPES, SEARCH_ATTRIBUTES } from '../../shared/search-attributes.ts';
import { requireTool } from '../../tools/find-tool.mjs';
import { type RunningServer, startServer } from './process.ts';

export interface TemporalServerOptions {
  readonly port: number;
  /** Port of the web UI; none: no UI. */
  readonly uiPort?: number;
  /** SQLite file that keeps workflows across starts; none: they are lost when the server stops. */
  readonly dbFilename?: string;
  /** How long closed workflows are kept; default 30 (the dev server's own 1 hides failed periods and past exports). */
  readonly retentionDays?: number;
  readonly logFile: string;
  /** Path of the Temporal CLI; default: what `requireTool` finds. */
  readonly command?: string;
}

export interface TemporalServer extends RunningServer {
  /** `host:port` of the gRPC frontend. */
  readonly address: string;
  readonly namespace: string;
  readonly uiUrl: string | undefined;
}

const namespace = 'default';

/** Starts the Temporal dev server with the application's search attributes, retention, and fairness between projects. */
export async function startTemporal(options: TemporalServerOptions): Promise<TemporalServer> {
  const { port, uiPort, dbFilename, retentionDays = 30, logFile } = options;
  const address = `127.0.0.1:${port}`;
  if (dbFilename) await mkdir(dirname(dbFilename), { recursive: true });
  const server = await startServer({
    name: 'temporal',
    command: options.command ?? requireTool('temporal').path,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port)],
      ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort), '--ui-disable-news-fetch']),
      ...(dbFilename ? ['--db-filename', dbFilename, '--sqlite-pragma', 'journal_mode=WAL'] : []),
      ...SEARCH_ATTRIBUTES.flatMap(({ name, type }) => [
        '--search-attribute',
        `${name}=${SEARCH_ATTRIBUTE_TYPES[type]}`,
      ]),
      // fairnessKey on tasks is ignored without it.
      ...['--dynamic-config-value', 'matching.enableFairness=true'],
      // A user's own CLI profile must not change what the embedded server does.
      ...['--disable-config-file', '--disable-config-env', '--log-level', 'warn'],
    ],
    logFile,
    ready: async () => {
      await setRetention(address, retentionDays);
      return true;
    },
  });
  const uiUrl = uiPort === undefined ? undefined : `http://127.0.0.1:${uiPort}`;
  return { ...server, address, namespace, uiUrl };
}

/** Also the readiness check: it succeeds only when the frontend serves and the namespace exists. */
async function setRetention(address: string, days: number): Promise<void> {
  // A proxy that the environment names is not asked for a server on this machine.
  const channelArgs = { 'grpc.enable_http_proxy': 0 };
  const connection = await Connection.connect({ address, connectTimeout: '1s', channelArgs });
  try {
    const workflowExecutionRetentionTtl = msToTs(days * 86_400_000);
    await connection.workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl } });
  } finally {
    await connection.close();
  }
}

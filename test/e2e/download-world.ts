/** The world of `export-world.ts` for batch exports: a client and workers with storage for downloads, and a mail server. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { get, IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchExports } from '../../client/batch-exports.ts';
import { type BatchExportDetails, type BatchExportInput, createExportsClient } from '../../client/index.ts';
import { downloadsOf } from '../../dev/demo/downloads.ts';
import { type MailCatcher, startMailCatcher } from '../../dev/stack/mail.ts';
import { batchExportWorkflowId } from '../../shared/batch-export.ts';
import { type CaughtMail, caughtMails } from '../activities/mail/mails.ts';
import { actor, ENCRYPTION_KEY, type ExportWorld, openExportWorld, type Project } from './export-world.ts';
import { openSlowProxy, type SlowProxy } from './slow-proxy.ts';

export interface DownloadWorld {
  own: ExportWorld;
  project: Project;
  batchExports: BatchExports;
  /** Between workers and the S3 server. */
  proxy: SlowProxy;
  mailCatcher: MailCatcher;
  startWorker(): Promise<() => Promise<void>>;
  create(exportId: string, request?: BatchExportInput): Promise<DownloadOfTest>;
  /** Queries of the project that the server is working on. */
  queries(): Promise<string[]>;
  mails(): Promise<CaughtMail[]>;
}

export interface DownloadOfTest {
  projectId: string;
  exportId: string;
  actor: string;
  /** False: there was one already. */
  created: boolean;
  until(status: BatchExportDetails['status'], timeoutMs?: number): Promise<BatchExportDetails>;
  /** What the link of the client leads to. */
  file(): Promise<{ content: Buffer; sha256: string }>;
}

/** @param options.keepHours of finished files; `bucket` may be one that does not exist */
export async function openDownloadWorld(
  onTestFinished: (cleanup: () => Promise<void>) => void,
  options: { bucket?: (id: string) => string; keepHours?: number } = {},
): Promise<DownloadWorld> {
  const own = await openExportWorld();
  const { s3, temporal, id } = own.world;
  const proxy = await openSlowProxy(s3.url);
  const folder = await mkdtemp(join(tmpdir(), 'event-exports-'));
  const mailCatcher = await startMailCatcher({ port: 0, folder });
  const begun = new Set<string>();
  onTestFinished(async () => {
    proxy.bytesPerSecond = Number.POSITIVE_INFINITY;
    // They would wait for the end of their file.
    for (const workflowId of begun) {
      const handle = temporal.client.workflow.getHandle(workflowId);
      await handle.terminate('the test has ended').catch(() => undefined);
    }
    await own.cleanup();
    await Promise.all([proxy.close(), mailCatcher.stop()]);
    await rm(folder, { recursive: true });
  });

  const bucket = options.bucket?.(id) ?? s3.bucket;
  const project = own.project('downloads');
  const { projectId } = project;
  const { connection, namespace, taskQueue } = temporal;
  const storage = downloadsOf(s3, bucket);
  if ('problem' in storage) throw new Error(storage.problem);
  const expirationHours = options.keepHours ?? storage.storage.expirationHours;
  const { batchExports } = createExportsClient({
    connection,
    namespace,
    taskQueue,
    encryptionKey: ENCRYPTION_KEY,
    downloads: { storage: { ...storage.storage, expirationHours } },
    // The machine may be busy with other tests.
    timeouts: { answer: 30_000, close: 60_000 },
  });

  return {
    own,
    project,
    batchExports,
    proxy,
    mailCatcher,
    startWorker: () =>
      own.startWorker({
        downloads: downloadsOf({ ...s3, url: proxy.url }, bucket),
        mail: { connectionUrl: mailCatcher.url, from: 'exports@example.com' },
      }),
    async create(exportId, request = {}) {
      const place = { projectId, exportId };
      begun.add(batchExportWorkflowId(place));
      const { created } = await batchExports.create({ ...place, actor, request });
      return {
        ...place,
        actor,
        created,
        async until(status, timeoutMs = 60_000) {
          for (const deadline = Date.now() + timeoutMs; ; await sleep(100)) {
            const details = await batchExports.get(place);
            if (details.status === status) return details;
            if (Date.now() > deadline) throw new Error(`not ${status} in time: ${JSON.stringify(details, null, 1)}`);
          }
        },
        async file() {
          const { url } = await batchExports.downloadUrl(place);
          // Not by fetch, whose parser can crash the process when the server hangs up (Node 24).
          const [response] = await once(get(url), 'response');
          if (!(response instanceof IncomingMessage)) throw new Error('no response');
          const content = await buffer(response);
          if (response.statusCode !== 200) throw new Error(`the link answers ${response.statusCode}: ${content}`);
          return { content, sha256: createHash('sha256').update(content).digest('hex') };
        },
      };
    },
    async queries() {
      const rows = await own.rows(
        `SELECT query_id FROM system.processes WHERE Settings['log_comment'] LIKE '%${projectId}%'`,
      );
      return rows.map(({ query_id }) => String(query_id));
    },
    mails: () => caughtMails(mailCatcher),
  };
}

/** Rows of together 57 MB, more than fits into the buffers between ClickHouse and a slow storage. */
export async function insertLargeRows({ own, project }: DownloadWorld, rows: number): Promise<void> {
  const from = Date.now() - 86_400_000;
  await own.command(`INSERT INTO events_full (project_id, trace_id, span_id, start_time, created_at, updated_at, event_ts, type, input, event_bytes)
    SELECT '${project.projectId}', 't', toString(number), start, start, start, start, 'SPAN', repeat('many words ', 1000), 11500
    FROM (SELECT number, fromUnixTimestamp64Milli(toInt64(${from} + number * 500)) AS start FROM numbers(${rows}))`);
}

import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { Refused } from '../../client/index.ts';
import { batchExportWorkflowId } from '../../shared/batch-export.ts';
import { HOUR } from '../../shared/period.ts';
import { readFile } from '../activities/source/read-file.ts';
import { deleteBucket } from '../support/delete-bucket.ts';
import { eventually } from '../support/integration-runner.ts';
import { type DownloadOfTest, type DownloadWorld, insertLargeRows, openDownloadWorld } from './download-world.ts';
import { idsOf } from './events.ts';

const LARGE_ROWS = 5_000;

/** Some rows, a newer version of one, and one that is deleted: 4 are left. */
async function insertRows({ project }: DownloadWorld): Promise<void> {
  const start = Date.now() - HOUR;
  await project.insert(...['a1', 'a2', 'a3', 'b1', 'b2'].map((id) => ({ id, start })));
  await project.insert({ id: 'a2', start, at: start + 1_000, input: 'newer' });
  await project.insert({ id: 'a3', start, at: start + 1_000, deleted: true });
}

/** Starts an export of large rows through a slow line and waits until its upload hangs in the middle. */
async function startHanging(world: DownloadWorld, bytesPerSecond: number): Promise<DownloadOfTest> {
  await insertLargeRows(world, LARGE_ROWS);
  world.proxy.bytesPerSecond = bytesPerSecond;
  const download = await world.create('large');
  await eventually(async () => {
    expect(await world.own.uploads()).toBe(1);
    expect(await world.queries()).not.toEqual([]);
  });
  expect((await download.until('PROCESSING')).plannedRows).toBe(LARGE_ROWS);
  return download;
}

test.concurrent('a filtered CSV holds the rows of the table, its link leads to it, and a mail tells of it', async ({
  onTestFinished,
}) => {
  const world = await openDownloadWorld(onTestFinished);
  await world.startWorker();
  await insertRows(world);
  const download = await world.create('filtered', {
    filters: [{ column: 'name', type: 'string', operator: 'starts with', value: 'name of a' }],
    notify: ['ada@example.com'],
  });
  const details = await download.until('COMPLETED');
  const table = await world.project.newestVersionsOfTable();
  const expected = table.filter(({ name }) => name.startsWith('name of a'));
  expect(idsOf(expected)).toEqual(['a1', 'a2']);
  const { content, sha256 } = await download.file();
  expect(details).toMatchObject({ rows: 2, plannedRows: 2, bytes: content.length, sha256 });
  const rows = await readFile(content, 'csv');
  expect(idsOf(rows)).toEqual(['a1', 'a2']);
  expect(rows.find(({ id }) => id === 'a2')).toMatchObject({ input: 'newer' });
  await eventually(async () => {
    const mails = await world.mails();
    expect(mails.map(({ headers }) => [headers.to, headers.subject])).toEqual([
      ['ada@example.com', expect.stringMatching(/^Export ready: /)],
    ]);
  });
});

test.concurrent('cancelled in the middle it ends within ten seconds and leaves no upload, no query and no file', async ({
  onTestFinished,
}) => {
  const world = await openDownloadWorld(onTestFinished);
  await world.startWorker();
  const download = await startHanging(world, 300_000);
  const begun = performance.now();
  expect(await world.batchExports.cancel(download)).toEqual({ cancelled: true });
  expect((await world.batchExports.get(download)).status).toBe('CANCELLED');
  await eventually(async () => expect(await world.queries()).toEqual([]));
  expect(await world.own.uploads()).toBe(0);
  expect(performance.now() - begun).toBeLessThan(10_000);
  expect(await world.own.keys()).toEqual([]);
});

test.concurrent('a worker that is stopped in the middle: the next one writes the whole file', async ({
  onTestFinished,
}) => {
  const world = await openDownloadWorld(onTestFinished);
  const stop = await world.startWorker();
  const download = await startHanging(world, 50_000);
  // Takes the grace time of running work.
  await stop();
  expect(await world.own.uploads()).toBe(0);
  await eventually(async () => expect(await world.queries()).toEqual([]));
  expect(await world.own.keys()).toEqual([]);
  world.proxy.bytesPerSecond = Number.POSITIVE_INFINITY;
  await world.startWorker();
  const { rows } = await download.until('COMPLETED');
  expect(rows).toBe(LARGE_ROWS);
  const { content } = await download.file();
  const ids = new Set((await readFile(content, 'csv')).map(({ id }) => id));
  expect(ids.size).toBe(LARGE_ROWS);
  expect(await world.own.uploads()).toBe(0);
});

test.concurrent('a bucket that is missing fails the export with the remedy, by mail too; a retry succeeds once it exists', async ({
  onTestFinished,
}) => {
  const world = await openDownloadWorld(onTestFinished, { bucket: (id) => `late-${id}` });
  await world.startWorker();
  await insertRows(world);
  const download = await world.create('failing', { notify: ['ada@example.com'] });
  const { failure } = await download.until('FAILED');
  expect(failure).toEqual({
    type: 'DestinationMissing',
    message: expect.stringContaining(`late-${world.own.world.id}`),
    remedy: expect.stringMatching(/bucket/i),
  });
  await eventually(async () => {
    const [mail, ...more] = await world.mails();
    expect(more).toEqual([]);
    expect(mail?.headers.subject).toMatch(/^Export failed: /);
    expect(mail?.text).toContain(failure?.remedy);
  });
  const { client } = world.own.world.s3;
  const bucket = `late-${world.own.world.id}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  try {
    expect(await world.batchExports.retry(download)).toMatchObject({ exportId: 'failing', created: true });
    const { rows, failure: gone } = await download.until('COMPLETED');
    expect({ rows, gone }).toEqual({ rows: 4, gone: undefined });
    expect(idsOf(await readFile((await download.file()).content, 'csv'))).toEqual(['a1', 'a2', 'b1', 'b2']);
    await eventually(async () => {
      const subjects = (await world.mails()).map(({ headers }) => headers.subject);
      expect(subjects).toEqual([expect.stringMatching(/^Export failed: /), expect.stringMatching(/^Export ready: /)]);
    });
  } finally {
    await deleteBucket(client, bucket);
  }
});

test.concurrent('without a mail server the file is there all the same', async ({ onTestFinished }) => {
  const world = await openDownloadWorld(onTestFinished);
  await world.mailCatcher.stop();
  await world.startWorker();
  await insertRows(world);
  const download = await world.create('unsung', { notify: ['ada@example.com'] });
  const { rows, sha256 } = await download.until('COMPLETED');
  expect(rows).toBe(4);
  expect((await download.file()).sha256).toBe(sha256);
  // It takes its turn after the mail was given up.
  expect(await world.batchExports.delete(download)).toEqual({ deleted: true });
  expect(await world.own.keys()).toEqual([]);
});

test.concurrent('when its time is over the file is removed', async ({ onTestFinished }) => {
  const world = await openDownloadWorld(onTestFinished, { keepHours: 5 / 3600 });
  await world.startWorker();
  await insertRows(world);
  const download = await world.create('short');
  const { expiresAt = '' } = await download.until('COMPLETED');
  expect(await world.own.keys()).toHaveLength(1);
  const { rows, failure } = await download.until('EXPIRED');
  expect({ rows, failure }).toEqual({ rows: 4, failure: undefined });
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt));
  expect(await world.own.keys()).toEqual([]);
  await expect(world.batchExports.downloadUrl(download)).rejects.toThrow(Refused);
});

test.concurrent('a double click is one run and one file', async ({ onTestFinished }) => {
  const world = await openDownloadWorld(onTestFinished);
  await world.startWorker();
  await insertRows(world);
  const [one, two] = await Promise.all([world.create('twice'), world.create('twice')]);
  expect([one.created, two.created].sort()).toEqual([false, true]);
  const { runId } = await one.until('COMPLETED');
  expect((await world.create('twice')).created).toBe(false);
  const runs: string[] = [];
  await eventually(async () => {
    runs.length = 0;
    const query = `WorkflowId = '${batchExportWorkflowId(one)}'`;
    for await (const run of world.own.world.temporal.client.workflow.list({ query })) runs.push(run.runId);
    expect(runs).not.toEqual([]);
  });
  expect(runs).toEqual([runId]);
  expect(await world.own.keys()).toHaveLength(1);
});

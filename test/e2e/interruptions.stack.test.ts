import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DAY, HOUR } from '../../shared/period.ts';
import { eventually } from '../support/integration-runner.ts';
import { versionsOf } from './events.ts';
import { type ExportWorld, openExportWorld, type Project, type RunningIntegration } from './export-world.ts';
import { openSlowProxy, type SlowProxy } from './slow-proxy.ts';

let own: ExportWorld;
let proxy: SlowProxy;
let project: Project;
beforeEach(async () => {
  own = await openExportWorld();
  proxy = await openSlowProxy(own.world.s3.url);
  project = own.project('interrupted');
  const start = Math.floor((Date.now() - 6 * DAY) / HOUR) * HOUR;
  await own.command(`INSERT INTO events_full (project_id, trace_id, span_id, start_time, created_at, updated_at, event_ts, type, input, event_bytes)
    SELECT '${project.projectId}', 't', toString(number), start, start, start, start, 'SPAN', repeat('many words ', 1000), 11500
    FROM (SELECT number, fromUnixTimestamp64Milli(toInt64(${start} + number * 500)) AS start FROM numbers(5000))`);
});
afterEach(async () => {
  proxy.bytesPerSecond = Number.POSITIVE_INFINITY;
  await own.cleanup();
  await proxy.close();
});

/** Queries of this project that the server is working on. */
async function queries(): Promise<string[]> {
  const rows = await own.rows(
    `SELECT query_id FROM system.processes WHERE Settings['log_comment'] LIKE '%${project.projectId}%'`,
  );
  return rows.map(({ query_id }) => String(query_id));
}

const dataKeys = async () => (await own.keys()).filter((key) => key.endsWith('.jsonl'));

/** Starts an export and waits until an upload hangs in the middle. */
async function startHanging(bytesPerSecond: number, activityAttempts: number): Promise<RunningIntegration> {
  const one = await project.start({ destination: { endpoint: proxy.url }, tuning: { activityAttempts } });
  await one.until(({ status }) => status === 'running', 'it is running');
  proxy.bytesPerSecond = bytesPerSecond;
  await eventually(async () => {
    expect(await own.uploads()).toBe(1);
    expect(await queries()).not.toEqual([]);
  });
  return one;
}

async function expectOneCleanExport(one: RunningIntegration): Promise<void> {
  await one.untilExported();
  expect(versionsOf(await one.exported())).toEqual(versionsOf(await project.newestVersionsOfTable()));
  const manifests = await one.manifests();
  expect(manifests.filter(({ revision }) => revision !== 1)).toEqual([]);
  expect(await dataKeys()).toEqual(manifests.flatMap(({ files }) => files.map(({ key }) => key)).sort());
  expect(await own.uploads()).toBe(0);
  expect(await queries()).toEqual([]);
}

test('a pause during a large upload ends the query on the server and leaves no upload; resume completes the export', async () => {
  await own.startWorker();
  const one = await startHanging(300_000, 1);
  const id = { projectId: one.projectId, integrationId: one.integrationId, actor: 'ada' };
  await own.exports.integrations.pause({ ...id, reason: 'maintenance' });
  await one.until(({ holes }) => holes.some(({ error }) => error === 'cancelled'), 'it is cancelled');
  await eventually(async () => expect(await queries()).toEqual([]));
  expect(await own.uploads()).toBe(0);
  expect(await dataKeys()).toEqual([]);
  expect((await one.view()).status).toBe('paused');
  proxy.bytesPerSecond = Number.POSITIVE_INFINITY;
  await own.exports.integrations.resume(id);
  await expectOneCleanExport(one);
});

test('a query that is killed on the server in the middle of a stream: the period is done again, with nothing left of the first try', async () => {
  await own.startWorker();
  const one = await startHanging(300_000, 1);
  for (const query of await queries()) await own.command(`KILL QUERY WHERE query_id = '${query}' ASYNC`);
  proxy.bytesPerSecond = Number.POSITIVE_INFINITY;
  const { lastError } = await one.until((view) => view.lastError !== undefined, 'the failure is visible');
  expect(lastError).toMatchObject({ type: 'SourceOverloaded', message: expect.stringContaining('code 394') });
  await expectOneCleanExport(one);
});

test('a part that the store has taken before the abort and files after it does not bring the upload back', async () => {
  await own.startWorker();
  proxy.holdPartEnds = 600;
  const one = await project.start({ destination: { endpoint: proxy.url } });
  await eventually(() => expect(proxy.held).toBeGreaterThan(0));
  const id = { projectId: one.projectId, integrationId: one.integrationId, actor: 'ada' };
  await own.exports.integrations.pause({ ...id, reason: 'maintenance' });
  await one.until(({ holes }) => holes.some(({ error }) => error === 'cancelled'), 'it is cancelled');
  await sleep(800);
  expect(await own.uploads()).toBe(0);
  proxy.holdPartEnds = undefined;
  await own.exports.integrations.resume(id);
  await expectOneCleanExport(one);
});

test('a worker that is stopped during a large upload gives it up after its grace time; the next one ends with the same set of objects', async () => {
  const stop = await own.startWorker();
  const one = await startHanging(100_000, 3);
  await stop();
  expect(await own.uploads()).toBe(0);
  await eventually(async () => expect(await queries()).toEqual([]));
  expect(await dataKeys()).toEqual([]);
  proxy.bytesPerSecond = Number.POSITIVE_INFINITY;
  await own.startWorker();
  await expectOneCleanExport(one);
});

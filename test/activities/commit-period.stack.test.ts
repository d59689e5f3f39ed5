import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActivityDependencies } from '../../activities/dependencies.ts';
import type { ObjectStore } from '../../activities/destinations/object-store.ts';
import { partKey } from '../../activities/files/part-key.ts';
import type { Job, PartResult, PeriodPlan } from '../../shared/activities.ts';
import { DAY } from '../../shared/period.ts';
import { sampleDay as day, insertSampleDay } from '../support/sample-day.ts';
import { failureOf, runActivity } from './run-activity.ts';
import { createSetting, eventWindow, exportWhole, type Setting } from './setting.ts';

let setting: Setting;

beforeAll(async () => {
  setting = await createSetting();
  await insertSampleDay(setting.world, 1_000);
});
afterAll(() => setting.cleanup());

function jobAt(prefix: string): Job {
  const { destination } = setting.job().config;
  return setting.job({ destination: { ...destination, prefix }, tuning: { targetPartRows: 600 } });
}

const keysOf = async (prefix: string) => (await setting.keys()).filter((key) => key.startsWith(prefix));
const dataOf = async (prefix: string) => (await keysOf(prefix)).filter((key) => !key.includes('/manifests/'));

async function planAndExport(job: Job): Promise<{ plan: Omit<PeriodPlan, 'parts'>; results: PartResult[] }> {
  const { parts, ...plan } = await runActivity(() =>
    setting.activities.planPeriod({ job, window: day, targetPartBytes: 2 ** 30 }),
  );
  const results = [];
  for (const part of parts) results.push(await runActivity(() => setting.activities.exportPart({ job, plan, part })));
  return { plan, results };
}

/** Activities whose process dies before the named operation, the first time it comes to it. */
function dyingBefore(operation: 'remove' | 'put' | 'record', after = false) {
  let dead = false;
  const mortal = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    if (name !== operation || dead) return work();
    dead = true;
    if (after) await work();
    throw new Error('killed');
  };
  const { openStore, records } = setting.dependencies;
  const replaced: Partial<ActivityDependencies> = {
    records: { ...records, insert: (table, rows) => mortal('record', () => records.insert(table, rows)) },
    async openStore(owner) {
      const store: ObjectStore = await openStore(owner);
      return {
        ...store,
        put: (key, body, type) => mortal('put', () => store.put(key, body, type)),
        remove: (keys) => mortal('remove', () => store.remove(keys)),
      };
    },
  };
  return setting.activitiesWith(replaced);
}

test.each([
  ['remove', false],
  ['remove', true],
  ['record', false],
  ['record', true],
  ['put', false],
  ['put', true],
] as const)(
  'a commit that dies at %s (after it: %s) ends with the same set when it is tried again',
  async (step, after) => {
    const prefix = `crash-${step}-${after}/`;
    const job = jobAt(prefix);
    await exportWhole(setting.activities, job, day);
    const old = await dataOf(prefix);
    const { plan, results } = await planAndExport(job);
    const { openStore } = setting.dependencies;
    const stray = partKey(job, plan, 'p0099-1', 'events');
    await (await openStore(job)).put(stray, 'left by a part that was split', 'text/plain');

    const input = { job, plan, results, leftover: ['p0099-1', ...results.map(({ part }) => part)] };
    await failureOf(runActivity(() => dyingBefore(step, after).commitPeriod(input)));
    const result = await runActivity(() => setting.activities.commitPeriod(input), { attempt: 2 });
    const once = await setting.object(result.manifestKey);
    const again = await runActivity(() => setting.activities.commitPeriod(input), { attempt: 3 });

    expect(again).toEqual(result);
    expect(await setting.object(result.manifestKey)).toEqual(once);
    expect(result).toMatchObject({ revision: 2, files: results.length });
    expect(await dataOf(prefix)).toEqual([...old, ...results.flatMap(({ key }) => key ?? [])].sort());
    const waiting = await setting.rows(
      `SELECT key FROM superseded_objects FINAL WHERE key LIKE '${prefix}%' AND removed_at = 0 ORDER BY key`,
    );
    expect(waiting.map(({ key }) => key)).toEqual(old);
  },
);

test('a small period whose manifest was put before the worker died is not exported again', async () => {
  const job = setting.job({ destination: { ...setting.job().config.destination, prefix: 'fused/' } });
  const input = { job, window: day, targetPartBytes: 2 ** 30, leftover: [] };
  await failureOf(runActivity(() => dyingBefore('put', true).exportSmallPeriod(input), { activityId: 'same' }));
  const retried = await runActivity(() => setting.activities.exportSmallPeriod(input), {
    attempt: 2,
    activityId: 'same',
  });
  expect(retried).toMatchObject({ kind: 'committed', result: { revision: 1 } });
  const asked = await runActivity(() => setting.activities.exportSmallPeriod(input), { attempt: 2, activityId: 'new' });
  expect(asked).toMatchObject({ kind: 'committed', result: { revision: 2 } });
  expect(await dataOf('fused/')).toHaveLength(2);
});

test('a small period that dies before its manifest is exported again under the same revision, and leaves one object', async () => {
  const job = setting.job({ destination: { ...setting.job().config.destination, prefix: 'fused-again/' } });
  const input = { job, window: day, targetPartBytes: 2 ** 30, leftover: [] };
  await failureOf(runActivity(() => dyingBefore('put').exportSmallPeriod(input)));
  const retried = await runActivity(() => setting.activities.exportSmallPeriod(input), { attempt: 2 });
  expect(retried).toMatchObject({ kind: 'committed', result: { revision: 1 } });
  expect(await dataOf('fused-again/')).toHaveLength(1);
});

test('a manifest without rows is put once, however often the activity is tried', async () => {
  const job = jobAt('empty/');
  const window = eventWindow('2026-07-01T00:00:00.000Z', '2026-07-03T00:00:00.000Z');
  const first = await runActivity(() => setting.activities.commitEmptyRun({ job, window, periods: 2 }));
  const retried = await runActivity(() => setting.activities.commitEmptyRun({ job, window, periods: 2 }), {
    attempt: 2,
  });
  expect(retried).toEqual(first);
  expect(await runActivity(() => setting.activities.commitEmptyRun({ job, window, periods: 2 }))).toMatchObject({
    revision: 2,
  });
});

test('a commit that another run has overtaken fails and replaces nothing', async () => {
  const job = jobAt('overtaken/');
  const late = await planAndExport(job);
  const { plan, results } = late;
  await runActivity(() => setting.activities.commitPeriod({ job, plan, results, leftover: [] }));
  const { result } = await exportWhole(setting.activities, job, day);
  const failure = await failureOf(runActivity(() => setting.activities.commitPeriod({ job, ...late, leftover: [] })));
  expect(failure.type).toBe('Unexpected');
  expect((await setting.manifest(result)).revision).toBe(2);
});

test('superseded objects are removed when their day has passed, and not before', async () => {
  const prefix = 'superseded/';
  const job = jobAt(prefix);
  await exportWhole(setting.activities, job, day);
  const old = await dataOf(prefix);
  const { result } = await exportWhole(setting.activities, job, day);
  const place = (await setting.manifest(result)).superseded;
  expect(place).toEqual(old);

  const { clock } = setting.dependencies;
  const remove = (at: () => number) =>
    runActivity(() => setting.activitiesWith({ clock: at }).removeSuperseded({ job }));
  const before = await remove(clock);
  expect(before.removed).toBe(0);
  expect((await dataOf(prefix)).length).toBe(old.length * 2);
  await remove(() => clock() + DAY + 1_000);
  expect(await dataOf(prefix)).toEqual((await setting.manifest(result)).files.map(({ key }) => key));
  expect(await remove(() => clock() + 2 * DAY)).toMatchObject({ removed: 0 });
});

test('what the present manifest names is never removed, whatever was recorded', async () => {
  const prefix = 'named/';
  const job = jobAt(prefix);
  const { result } = await exportWhole(setting.activities, job, day);
  const { plan, results } = await planAndExport(job);
  await failureOf(runActivity(() => dyingBefore('put').commitPeriod({ job, plan, results, leftover: [] })));
  const { clock } = setting.dependencies;
  const later = setting.activitiesWith({ clock: () => clock() + DAY + 1_000 });
  await runActivity(() => later.removeSuperseded({ job }));
  const keys = await dataOf(prefix);
  for (const { key } of (await setting.manifest(result)).files) expect(keys).toContain(key);
});

test('parts that will not be committed are discarded, unless a manifest names them after all', async () => {
  const job = jobAt('discarded/');
  const { plan, results } = await planAndExport(job);
  const parts = results.map(({ part }) => part);
  await runActivity(() => setting.activities.discardParts({ job, plan, parts }));
  expect(await keysOf('discarded/')).toEqual([]);

  const second = await planAndExport(job);
  await runActivity(() => setting.activities.commitPeriod({ job, ...second, leftover: [] }));
  await runActivity(() => setting.activities.discardParts({ job, plan: second.plan, parts }));
  expect(await dataOf('discarded/')).toHaveLength(parts.length);
});

test('a manifest that somebody else has overwritten blocks instead of being replaced', async () => {
  const job = jobAt('garbage/');
  const { result } = await exportWhole(setting.activities, job, day);
  const store = await setting.dependencies.openStore(job);
  await store.put(result.manifestKey, '{"version": 7}', 'application/json');
  const input = { job, window: day, targetPartBytes: 2 ** 30 };
  const failure = await failureOf(runActivity(() => setting.activities.planPeriod(input)));
  expect(failure).toMatchObject({ type: 'ConfigInvalid', nonRetryable: true });
});

test('a run of periods that lost their rows since they were exported empties the manifests that still name files', async () => {
  const job = jobAt('emptied/');
  const { plan, results } = await planAndExport(job);
  const committed = await runActivity(() => setting.activities.commitPeriod({ job, plan, results, leftover: [] }));
  const window = eventWindow('2026-02-27T00:00:00.000Z', '2026-03-05T00:00:00.000Z');
  const run = { job, window, periods: 6 };
  await runActivity(() => setting.activities.commitEmptyRun(run));
  expect((await setting.manifest(committed)).totals.rows).toBeGreaterThan(0);
  await runActivity(() => setting.activities.commitEmptyRun({ ...run, formerly: { anchorMs: 0, lengthMs: DAY } }));
  const emptied = await setting.manifest(committed);
  expect(emptied).toMatchObject({ revision: 2, totals: { rows: 0 } });
  expect(emptied.superseded).toHaveLength(results.length);
});

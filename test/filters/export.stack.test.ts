import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Job, PeriodResult, Window } from '../../shared/activities.ts';
import { type Filter, filtersSchema } from '../../shared/filters/filter.ts';
import { failureOf, runActivity } from '../activities/run-activity.ts';
import { createSetting, eventWindow, exportWhole, type Setting } from '../activities/setting.ts';
import { matches } from './evaluate.ts';
import { COLUMNS, examplesOf } from './examples.ts';
import { type Row, rowsOf, stored } from './rows.ts';

let setting: Setting;
let rows: Row[];
const day = eventWindow('2026-03-01T00:00:00.000Z', '2026-03-02T00:00:00.000Z');
const live: Window = { axis: 'updated', start: '2026-01-02T00:00:00.000Z', end: '2026-01-03T00:00:00.000Z' };
/** The superseded versions of all rows match; only the newest ones count. */
const filters = filtersSchema.parse([
  { column: 'output', type: 'string', operator: 'does not contain', value: '%' },
  { column: 'hasOutput', type: 'boolean', operator: '=', value: true },
]);
const WRITTEN = { event_ts: '2026-01-02 10:00:00' };

beforeAll(async () => {
  setting = await createSetting();
  rows = rowsOf(setting.world.projectId);
  await insert(
    rows.map((row) =>
      stored({ ...row, texts: { ...row.texts, output: 'older' } }, { event_ts: '2026-01-01 00:00:00' }),
    ),
  );
  await insert(rows.map((row) => stored(row, WRITTEN)));
});
afterAll(() => setting.cleanup());

function insert(values: Array<Record<string, unknown>>): Promise<unknown> {
  return setting.world.clickhouse.client.insert({ table: 'events_full', values, format: 'JSONEachRow' });
}

function jobWith(folder: string, changes: Record<string, unknown>): Job {
  const { destination } = setting.job().config;
  return setting.job({ ...changes, destination: { ...destination, prefix: `${folder}/` } });
}

async function idsIn(result: PeriodResult): Promise<unknown[]> {
  const { files } = await setting.manifest(result);
  const texts = await Promise.all(files.map(async ({ key }) => (await setting.object(key)).toString()));
  return texts
    .flatMap((text) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    )
    .sort();
}

const meant = (some: readonly Filter[]) => (row: Row) => some.every((filter) => matches(row, filter));
const idsOf = (some: readonly Row[]) => some.map((row) => row.span_id).sort();

test.each([[['basic']], [['basic', 'io']]])(
  'a period holds exactly the rows that match, with columns %s',
  async (columnGroups) => {
    const expected = rows.filter((row) => row.start_time.startsWith('2026-03-01')).filter(meant(filters));
    const { result } = await exportWhole(
      setting.activities,
      jobWith(columnGroups.join('-'), { columnGroups, filters }),
      day,
    );
    const manifest = await setting.manifest(result);
    expect(await idsIn(result)).toEqual(idsOf(expected));
    expect(manifest.counts).toEqual({ before: expected.length, after: expected.length });
    expect(expected.length).toBeGreaterThan(3);
  },
);

test('a live period holds exactly the rows that match, also those dated outside the years of the key, and a sweep adds only such', async () => {
  const job = jobWith('live', { columnGroups: ['basic'], filters });
  const expected = rows.filter(meant(filters));
  const { result } = await exportWhole(setting.activities, job, live);
  expect(await idsIn(result)).toEqual(idsOf(expected));
  expect(expected.some((row) => row.start_time > '2200')).toBe(true);

  const [first] = rows;
  if (first === undefined) throw new Error('no rows');
  const late = ['100%', 'late'].map((output) => ({
    ...first,
    start_time: '2026-05-05 00:00:00.000000',
    span_id: `late ${output}`,
    texts: { ...first.texts, output },
  }));
  await insert(late.map((row) => stored(row, WRITTEN)));
  const [from, to] = [live.start, live.end];
  const span = { job, axis: 'updated', from, to, anchorMs: Date.parse(from), lengthMs: 86_400_000, late: 2 } as const;
  const found = await runActivity(() => setting.activities.findLateRows(span));
  expect(found.periods).toEqual([[0, 1]]);
  const swept = await exportWhole(setting.activities, job, { ...live, late: 2 });
  expect(await idsIn(swept.result)).toEqual(['late late']);
});

test('a row that matched before it was changed is not exported, though an index would find the old version only', async () => {
  const [first] = rows;
  if (first === undefined) throw new Error('no rows');
  const start_time = '2026-06-01 12:00:00.000000';
  const version = (user_id: string, span_id = 'changed'): Row => ({
    ...first,
    start_time,
    span_id,
    texts: { ...first.texts, user_id },
  });
  await insert([stored(version('before'), { event_ts: '2026-01-01 00:00:00' })]);
  await insert([stored(version('after'), WRITTEN), stored(version('before too', 'other'), WRITTEN)]);
  const june = eventWindow('2026-06-01T00:00:00.000Z', '2026-06-02T00:00:00.000Z');
  const idsWhen = async (value: string[]) => {
    const filter = { column: 'userId', type: 'stringOptions', operator: 'any of', value };
    const job = jobWith(value.join('-').replaceAll(' ', '_'), { columnGroups: ['basic'], filters: [filter] });
    return idsIn((await exportWhole(setting.activities, job, june)).result);
  };
  expect(await idsWhen(['before'])).toEqual([]);
  expect(await idsWhen(['after'])).toEqual(['changed']);
  expect(await idsWhen(['before', 'before too'])).toEqual(['other']);
});

test('the probe asks for the columns of the filters too', async () => {
  const all = COLUMNS.flatMap((column) => examplesOf(column).slice(0, 1));
  const job = jobWith('probe', { columnGroups: ['core'], filters: all });
  await runActivity(() => setting.activities.probe({ job }));
  await setting.command('ALTER TABLE events_full RENAME COLUMN experiment_id TO gone');
  const failure = await failureOf(runActivity(() => setting.activities.probe({ job })));
  await setting.command('ALTER TABLE events_full RENAME COLUMN gone TO experiment_id');
  expect(failure.type).toBe('SourceDenied');
});

test('planning counts versions that match: no row, no period', async () => {
  const nobody = filtersSchema.parse([{ column: 'userId', type: 'string', operator: '=', value: 'nobody' }]);
  const span = {
    axis: 'event',
    from: day.start,
    to: day.end,
    anchorMs: Date.parse(day.start),
    lengthMs: 86_400_000,
  } as const;
  const none = { job: jobWith('none', { filters: nobody }), ...span };
  const some = { job: jobWith('some', { filters }), ...span };
  expect((await runActivity(() => setting.activities.planSpan(none))).periods).toEqual([]);
  expect((await runActivity(() => setting.activities.planSpan(some))).periods).toHaveLength(1);
  const updatedBefore = '2030-01-01T00:00:00.000Z';
  const survey = (job: Job) => runActivity(() => setting.activities.surveyHistory({ job, updatedBefore }));
  expect(await survey(none.job)).toMatchObject({ rows: 0, outside: 0 });
  expect((await survey(some.job)).outside).toBeGreaterThan(0);
});

test('a configuration from before there were filters exports every row; filters of another version are refused, never left out', async () => {
  const job = jobWith('old', { columnGroups: ['basic'] });
  const { filters: _, ...older } = job.config;
  const stripped: Job = JSON.parse(JSON.stringify({ ...job, config: older }));
  const { result } = await exportWhole(setting.activities, stripped, day);
  expect(await idsIn(result)).toEqual(idsOf(rows.filter((row) => row.start_time.startsWith('2026-03-01'))));
  const strange: Job = JSON.parse(
    JSON.stringify({ ...job, config: { ...older, filters: [{ column: 'mood', type: 'null', operator: 'is null' }] } }),
  );
  const failure = await failureOf(
    runActivity(() => setting.activities.planPeriod({ job: strange, window: day, targetPartBytes: 1e9 })),
  );
  expect(failure).toMatchObject({ type: 'ConfigInvalid', nonRetryable: true });
  expect(failure.message).toContain('0.column: one of id, traceId');
});

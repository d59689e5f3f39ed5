import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../shared/period.ts';
import { idsOf, versionsOf } from './events.ts';
import { createExportWorld, type ExportWorld } from './export-world.ts';

/** Live periods of five seconds that are read six seconds after their end: enough for an insert on a busy machine. */
const QUICK = { frequency: 'every_5_seconds', settleMinutes: 0.1 } as const;

let own: ExportWorld;
beforeAll(async () => {
  own = await createExportWorld();
});
afterAll(() => own.cleanup());

describe.concurrent('rows that change', () => {
  test('in history: updated, deleted and re-created rows, and versions in parts that are not merged, leave the newest only', async () => {
    const project = own.project('history');
    await own.command('SYSTEM STOP MERGES events_full');
    const start = Date.now() - 10 * DAY;
    const day = (number: number) => start + number * DAY;
    await project.insert({ id: 'kept', start }, { id: 'updated', start, at: day(1), input: 'first' });
    await project.insert({ id: 'updated', start, at: day(2), input: 'second' });
    // A version that arrives after a newer one.
    await project.insert({ id: 'updated', start, at: day(1), eventTs: day(1) + 1, input: 'overtaken' });
    await project.insert({ id: 'deleted', start, at: day(1) });
    await project.insert({ id: 'deleted', start, at: day(2), deleted: true });
    await project.insert({ id: 're-created', start, at: day(1) });
    await project.insert({ id: 're-created', start, at: day(2), deleted: true });
    await project.insert({ id: 're-created', start, at: day(3), input: 'again' });
    await project.insert({ id: 'moved', start, at: day(1) });
    await project.insert({ id: 'moved', start: start + 2 * HOUR, at: day(2), input: 'moved' });

    const one = await project.start();
    await one.untilExported();
    const rows = await one.exported();
    expect(versionsOf(rows)).toEqual(versionsOf(await project.newestVersionsOfTable()));
    // A changed start time is another row of the table: both are delivered, and `event_ts` tells which one counts.
    expect(idsOf(rows)).toEqual(['kept', 'moved', 'moved', 're-created', 'updated']);
    expect(new Map(rows.map(({ id, input }) => [id, input])).get('updated')).toBe('second');
  });

  test('on both sides of the border: a row goes where its newest version was written, and nowhere else', async () => {
    const project = own.project('border');
    const now = Date.now();
    const start = now - 9 * DAY;
    await project.insert(
      { id: 'old', start },
      { id: 'updated lately', start, input: 'first' },
      { id: 'deleted lately', start },
      { id: 'new', start, at: now - DAY },
    );
    await project.insert({ id: 'updated lately', start, at: now - 2 * DAY, input: 'second' });
    await project.insert({ id: 'deleted lately', start, at: now - 2 * DAY, deleted: true });
    const one = await project.start();
    await one.untilExported();
    const rows = await one.exported();
    expect(versionsOf(rows)).toEqual(versionsOf(await project.newestVersionsOfTable()));
    const axes = new Map(rows.map(({ id, file }) => [id, file.includes('axis=event') ? 'event' : 'updated']));
    expect(axes).toEqual(
      new Map([
        ['old', 'event'],
        ['updated lately', 'updated'],
        ['new', 'updated'],
      ]),
    );
  });

  test('while live: a row dated two days ago and a new version arrive in the period of their writing, once', async () => {
    const project = own.project('live');
    const start = Date.now() - 5 * DAY;
    await project.insert({ id: 'first', start, input: 'old' }, { id: 'untouched', start });
    const one = await project.start(QUICK);
    await one.untilExported();
    expect(idsOf(await one.exported())).toEqual(['first', 'untouched']);

    const at = Date.now();
    await project.insert({ id: 'late', start: at - 2 * DAY, at }, { id: 'first', start, at, input: 'new' });
    await project.insert({ id: 'gone at once', start: at - HOUR, at });
    await project.insert({ id: 'gone at once', start: at - HOUR, at: at + 1, deleted: true });
    await one.untilExported(at + 10_000);
    const rows = await one.exported();
    expect(rows.map(({ id, input }) => `${id}: ${input}`).sort()).toEqual(
      ['first: new', 'first: old', 'late: input of late', 'untouched: input of untouched'].sort(),
    );
    const versions = rows.filter(({ id }) => id === 'first').map((row) => [String(row.input), String(row.event_ts)]);
    const { old = '', new: newer = '' } = Object.fromEntries(versions);
    expect(newer > old).toBe(true);
    for (const manifest of (await one.manifests()).filter(
      ({ axis, files }) => axis === 'updated' && files.length > 0,
    )) {
      expect(Date.parse(manifest.window.start)).toBeLessThanOrEqual(at);
      expect(Date.parse(manifest.window.end)).toBeGreaterThan(at);
      expect(manifest.revision).toBe(1);
    }
  });

  test('FROM_TODAY: rows of this morning, written before anybody asked, and late rows of today; nothing older', async () => {
    const project = own.project('today');
    const now = Date.now();
    const today = Math.floor(now / DAY) * DAY;
    await project.insert(
      { id: 'yesterday', start: today - 1, at: now },
      { id: 'at midnight', start: today, at: today },
      { id: 'now', start: now, at: now },
      { id: 'tomorrow', start: today + DAY + HOUR, at: now },
    );
    const one = await project.start({ ...QUICK, mode: 'FROM_TODAY' });
    await one.untilExported();
    const at = Date.now();
    await project.insert(
      { id: 'late today', start: today + 1, at },
      { id: 'late yesterday', start: today - MINUTE, at },
    );
    await one.untilExported(at + 10_000);
    expect(idsOf(await one.exported())).toEqual(['at midnight', 'late today', 'now', 'tomorrow']);
  });

  test('an empty project has one manifest for all its empty periods, and no files; rows that come later arrive', async () => {
    const project = own.project('empty');
    const one = await project.start(QUICK);
    const view = await one.untilExported();
    expect(view.tracks.filter(({ purpose }) => purpose === 'backfill')).toEqual([]);
    const manifests = await one.manifests();
    expect(manifests.flatMap(({ files }) => files)).toEqual([]);
    // Three days of periods of five seconds.
    expect(manifests.reduce((sum, { periods }) => sum + periods, 0)).toBeGreaterThan(50_000);
    expect(manifests.length).toBeLessThan(20);
    const at = Date.now();
    await project.insert({ id: 'first of all', start: at - DAY, at });
    await one.untilExported(at + 10_000);
    expect(idsOf(await one.exported())).toEqual(['first of all']);
    expect((await own.keys()).filter((key) => key.includes(one.projectId) && key.endsWith('.jsonl'))).toHaveLength(1);
  });

  test('rows dated far away arrive once, in few queries and manifests, in history and live', async () => {
    const project = own.project('far');
    const DATES = [
      '1900-01-01T00:00:00.000001',
      '1969-12-31T23:59:59.999999',
      '1970-01-01T12:00:00',
      '1971-06-01T00:00:00',
      '2106-02-07T06:28:16',
      '2200-01-01T00:00:00',
      '2299-12-31T23:59:59',
    ];
    const old = Date.now() - 6 * DAY;
    const tomorrow = Date.now() + DAY;
    const rows = (name: string, at: number) => [
      { id: `${name} present`, start: old, at },
      { id: `${name} tomorrow`, start: tomorrow, at },
      ...DATES.map((start) => ({ id: `${name} ${start}`, start, at })),
    ];
    await project.insert(...rows('history', old));
    const one = await project.start({ ...QUICK, frequency: 'every_20_minutes' });
    await one.untilExported();
    expect(idsOf(await one.exported())).toEqual(idsOf(rows('history', old)));
    // From 1971 on: a million and a half periods of twenty minutes.
    const manifests = await one.manifests();
    expect(manifests.reduce((sum, { periods }) => sum + periods, 0)).toBeGreaterThan(1_400_000);
    expect(manifests.length).toBeLessThan(120);

    const other = own.project('far-live');
    const live = await other.start(QUICK);
    await live.untilExported();
    const at = Date.now();
    await other.insert(...rows('live', at));
    await live.untilExported(at + 10_000);
    expect(versionsOf(await live.exported())).toEqual(versionsOf(await other.newestVersionsOfTable()));
  });
});

test('rows written without a pause while history and live periods run: nothing is lost, no version comes twice', async () => {
  const project = own.project('busy');
  const { projectId } = project;
  const old = Date.now() - 6 * DAY;
  await own.command(`INSERT INTO events_full (project_id, trace_id, span_id, start_time, created_at, updated_at, event_ts, type, input, event_bytes)
    SELECT '${projectId}', concat('t', toString(number % 50)), concat('old-', toString(number)), start, start, start, start, 'SPAN', repeat('old ', 100), 600
    FROM (SELECT number, fromUnixTimestamp64Milli(toInt64(${old} + number * 50)) AS start FROM numbers(3000))`);
  const one = await project.start({ ...QUICK, tuning: { targetPartRows: 100 } });
  let wave = 0;
  const end = Date.now() + 12_000;
  while (Date.now() < end || wave < 12) {
    // New rows, some of them dated long ago, and newer versions of rows of history and of earlier waves.
    const columns =
      'project_id, trace_id, span_id, start_time, created_at, updated_at, event_ts, type, input, event_bytes';
    await own.command(`INSERT INTO events_full (${columns})
      SELECT '${projectId}', concat('t', toString(number % 50)), concat('wave-${wave}-', toString(number)),
        if(number % 3 = 0, now64(6) - INTERVAL 2 DAY, now64(6)) AS start, now64(6), now64(6), now64(6), 'SPAN', 'new', 500 FROM numbers(40)`);
    await own.command(`INSERT INTO events_full (${columns})
      SELECT project_id, trace_id, span_id, start_time, created_at, now64(6), now64(6), type, 'updated in wave ${wave}', event_bytes
      FROM events_full FINAL WHERE project_id = '${projectId}' ORDER BY cityHash64(span_id, ${wave}) LIMIT 60`);
    wave += 1;
    await sleep(200);
  }
  await one.untilExported(Date.now() + 6_000);
  const rows = await one.exported();
  const delivered = versionsOf(rows);
  expect(delivered.filter((version, index) => version === delivered[index - 1])).toEqual([]);
  const newest = versionsOf(await project.newestVersionsOfTable());
  expect(newest.filter((version) => !delivered.includes(version))).toEqual([]);
  expect(rows.filter(({ file }) => file.includes('axis=event')).length).toBeGreaterThan(1_000);
  expect(new Set(rows.flatMap(({ file }) => (file.includes('axis=updated') ? [file] : []))).size).toBeGreaterThan(2);
});

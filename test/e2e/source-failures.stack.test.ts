import { afterEach, beforeEach, expect, test } from 'vitest';
import { DAY, HOUR, iso, MINUTE, SECOND } from '../../shared/period.ts';
import { idsOf, versionsOf } from './events.ts';
import { type ExportWorld, openExportWorld } from './export-world.ts';

let own: ExportWorld;
beforeEach(async () => {
  own = await openExportWorld();
});
afterEach(() => own.cleanup());

/** An hour of history. */
const HOUR_START = Math.floor((Date.now() - 6 * DAY) / HOUR) * HOUR;

function dataKeys(keys: readonly string[]): string[] {
  return keys.filter((key) => key.endsWith('.jsonl'));
}

test('an error in the middle of a stream commits nothing and leaves nothing; the other periods go on, and the hole is filled once it is mended', async () => {
  await own.startWorker();
  const project = own.project('poison');
  await own.command('DROP VIEW events_core_mv');
  await own.command(
    `ALTER TABLE events_full MODIFY COLUMN release String ALIAS toString(throwIf(span_id = 'poison', 'poisonous text'))`,
  );
  await own.command(`INSERT INTO events_full (project_id, trace_id, span_id, start_time, created_at, updated_at, event_ts, type, input, event_bytes)
    SELECT '${project.projectId}', 't', toString(number), start, start, start, start, 'SPAN', repeat('many words ', 300), 4000
    FROM (SELECT number, fromUnixTimestamp64Milli(toInt64(${HOUR_START} + number * 500)) AS start FROM numbers(6000))`);
  await project.insert(
    { id: 'poison', start: HOUR_START + 55 * MINUTE },
    { id: 'before', start: HOUR_START - 3 * HOUR },
    { id: 'after', start: HOUR_START + 3 * HOUR },
  );
  const one = await project.start();
  const failing = await one.until(
    ({ holes, totals }) => totals.rows === 2 && (holes[0]?.attempts ?? 0) >= 2,
    'the hole was tried twice, the rest is done',
  );
  expect(failing.status).toBe('retrying');
  expect(failing.exportedUpTo).toBe(iso(HOUR_START));
  expect(failing.lastError).toMatchObject({ type: 'Unexpected', message: expect.stringContaining('code 395') });
  expect(JSON.stringify(failing)).not.toContain('poisonous text');
  // While it waits for its next try; the tries themselves write.
  await one.until(({ holes }) => (holes[0]?.attempts ?? 0) >= 4, 'four tries');
  expect(idsOf(await one.exported())).toEqual(['after', 'before']);
  expect((await one.manifests()).filter(({ window }) => window.start === iso(HOUR_START))).toEqual([]);

  await own.command(`ALTER TABLE events_full MODIFY COLUMN release String DEFAULT ''`);
  await own.exports.integrations.syncNow({ projectId: one.projectId, integrationId: one.integrationId, actor: 'x' });
  await one.untilExported();
  expect(versionsOf(await one.exported())).toEqual(versionsOf(await project.newestVersionsOfTable()));
  const named = (await one.manifests()).flatMap(({ files }) => files.map(({ key }) => key));
  expect(dataKeys(await own.keys())).toEqual(named.sort());
  expect(await own.uploads()).toBe(0);
});

test('a part that needs more memory than a query may use is split until it passes; a single row that does is a clear failure that can be skipped', async () => {
  await own.startWorker({ clickhouse: { maxMemoryUsage: 120_000_000 } });
  const project = own.project('large');
  const { projectId } = project;
  const insert = (name: string, count: number, start: number, every: number, bytes: number) =>
    own.command(`INSERT INTO events_full (project_id, trace_id, span_id, start_time, created_at, updated_at, event_ts, type, input, event_bytes)
      SELECT '${projectId}', concat('t', toString(number)), concat('${name}-', toString(number)), start, start, start, start, 'SPAN',
        repeat(repeat(hex(number), 100), ${bytes / 200}), ${bytes}
      FROM (SELECT 16 + number AS number, fromUnixTimestamp64Milli(toInt64(${start} + number * ${every})) AS start FROM numbers(${count}))`);
  await insert('large', 60, HOUR_START, 20 * SECOND, 2_000_000);
  await insert('giant', 1, HOUR_START + 2 * HOUR, 0, 60_000_000);
  await insert('small', 10, HOUR_START + 4 * HOUR, MINUTE, 1_000);
  const one = await project.start({ tuning: { holePauseSeconds: 2, targetPartBytes: 2 ** 30 } });
  const failing = await one.until(
    ({ holes, totals }) => totals.rows === 70 && holes.length === 1,
    'all but the giant row is exported',
    120_000,
  );
  expect(failing.holes[0]).toMatchObject({ start: iso(HOUR_START + 2 * HOUR) });
  expect(failing.holes[0]?.error).toMatch(/^SourceTooLarge: .*cannot be split further/);
  expect(failing.lastError?.remedy).toContain('MAX_MEMORY_USAGE');
  const parts = (await one.manifests()).flatMap(({ files }) => files.map(({ part }) => part));
  expect(parts.filter((part) => /^p0000(-[01])+$/.test(part)).length).toBeGreaterThan(1);
  expect(parts).not.toContain('p0000-0-0-0-0-0-0-0-0');

  const { integrationId } = one;
  const period = failing.holes[0]?.start ?? '';
  await own.exports.integrations.skip({ projectId, integrationId, period, reason: 'too large', actor: 'x' });
  await one.untilExported();
  const rows = await one.exported();
  expect(versionsOf(rows)).toEqual(
    versionsOf((await project.newestVersionsOfTable()).filter(({ id }) => !id.startsWith('giant'))),
  );
  for (const row of rows) if (String(row.id).startsWith('large')) expect(String(row.input)).toHaveLength(2_000_000);
  expect(await own.uploads()).toBe(0);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateLegacyRows } from '../../dev/sample-data/generate-legacy-rows.ts';
import { insertHostileRows } from '../../dev/sample-data/hostile-rows.ts';
import { createLegacyWorld, type LegacyWorld } from './legacy-world.ts';

let world: LegacyWorld;
beforeAll(async () => {
  world = await createLegacyWorld();
  await insertHostileRows({ ...world.target, projectId: 'hostile' });
  await generateLegacyRows({ ...world.target, projectId: 'hostile' });
});
afterAll(() => world.cleanup());

test('hostile texts come with their bytes as they are, also those that are not UTF-8 and the 10 MB', async () => {
  const hashes = (table: string, id: string) =>
    `SELECT ${id}, cityHash64(ifNull(input, '')), cityHash64(ifNull(output, '')), cityHash64(name), cityHash64(ifNull(status_message, '')), environment FROM ${table} WHERE project_id = 'hostile'`;
  expect(await world.differences(hashes('events_full', 'span_id'), hashes('observations', 'id'))).toEqual({
    missing: 0,
    added: 0,
  });
  expect(
    await world.numbers(`SELECT countIf(NOT isValidUTF8(assumeNotNull(input))) > 5 AS invalid, max(length(input)) >= 10000000 AS long
      FROM observations WHERE project_id = 'hostile'`),
  ).toEqual({ invalid: 1, long: 1 });
});

test('metadata is the first value of a repeated name and an empty one where values are short', async () => {
  const found =
    await world.rows(`SELECT id, metadata FROM observations WHERE project_id = 'hostile' AND startsWith(id, 'metadata-')
      AND id != 'metadata-odd-names' ORDER BY id`);
  expect(found).toEqual([
    { id: 'metadata-more-names', metadata: { a: '1', b: '', c: '' } },
    { id: 'metadata-more-values', metadata: { a: '1' } },
    { id: 'metadata-names-repeated', metadata: { k: 'first', l: 'third' } },
    { id: 'metadata-values-only', metadata: {} },
  ]);
});

test('times are rounded down, also before 1970', async () => {
  const found = await world.rows(`SELECT id, toString(start_time) AS start FROM observations
      WHERE project_id = 'hostile' AND id IN ('year-1900', 'year-1969', 'year-2299') ORDER BY id`);
  expect(found).toEqual([
    { id: 'year-1900', start: '1900-01-01 00:00:00.000' },
    { id: 'year-1969', start: '1969-12-31 23:59:59.999' },
    { id: 'year-2299', start: '2299-12-31 23:59:59.999' },
  ]);
});

test('every root has a trace, also one below a foreign span, and names it where no trace name was sent', async () => {
  const counts = await world.numbers(`SELECT (SELECT count() FROM traces WHERE project_id = 'hostile') AS traces,
    (SELECT countIf(parent_span_id = '' OR is_app_root) FROM events_full WHERE project_id = 'hostile') AS roots,
    (SELECT count() FROM events_full WHERE project_id = 'hostile') - roots AS children`);
  expect(counts.traces).toBe(counts.roots);
  expect(counts.children).toBeGreaterThan(0);
  const named = `SELECT name FROM traces WHERE project_id = 'hostile' AND name IN ('root', 'child')`;
  expect(await world.rows(named)).toEqual([{ name: 'root' }]);
});

test('of the versions within one millisecond the last one is carried over, also one that was written twice', async () => {
  const versions = [
    ['gone', '000900', 'LAST', 1],
    ['gone', '000100', 'FIRST', 0],
    ['gone', '000500', 'SECOND', 0],
    ['kept', '000500', 'ONLY', 0],
    ['kept', '000500', 'ONLY', 0],
  ] as const;
  // In a statement each: one statement would keep the last version alone.
  for (const [id, micros, level, deleted] of versions) {
    await world.target.command(`INSERT INTO events_full (project_id, trace_id, span_id, start_time, event_ts, level, is_deleted)
      SELECT 'tie', 'trace', '${id}', '2026-03-01 10:00:00', '2026-03-01 10:00:01.${micros}', '${level}', ${deleted}`);
  }
  await generateLegacyRows({ ...world.target, projectId: 'tie' });
  const found = await world.rows(
    `SELECT DISTINCT id, level, is_deleted FROM observations WHERE project_id = 'tie' ORDER BY id`,
  );
  expect(found).toEqual([
    { id: 'gone', level: 'LAST', is_deleted: 1 },
    { id: 'kept', level: 'ONLY', is_deleted: 0 },
  ]);
});

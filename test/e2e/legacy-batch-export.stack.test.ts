import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BatchExportInput, InvalidConfig } from '../../client/index.ts';
import { DAY, MINUTE } from '../../shared/period.ts';
import { type FileRow, readFile } from '../activities/source/read-file.ts';
import { insertLegacyRows, type LegacyRows } from '../support/legacy-rows.ts';
import { type DownloadWorld, openDownloadWorld } from './download-world.ts';
import { LEGACY_SOURCES, type LegacySource, newestLegacyVersions, timeColumnOf } from './legacy.ts';

type Row = Record<string, unknown>;

let world: DownloadWorld;
const cleanups: Array<() => Promise<void>> = [];
const ROWS = 60;
const YESTERDAY = Math.floor(Date.now() / DAY - 1) * DAY;

/** Rows of one day in many minutes and in one instant; some get a newer version at another time of that day, one is deleted. */
beforeAll(async () => {
  world = await openDownloadWorld(async (cleanup) => {
    cleanups.push(cleanup);
  });
  await world.startWorker();
  const numbers = (step: number) => Array.from({ length: Math.ceil(ROWS / step) }, (_, at) => at * step);
  const times = (at: (index: number) => number, written: number, step: number, deleted = false) =>
    numbers(step).map((index) => ({
      ...{
        id: `id ${String(index).padStart(3, '0')}`,
        name: `name ${index % 5}`,
        environment: index % 2 === 0 ? '' : 'odd',
      },
      ...{
        timestamp: at(index),
        start_time: at(index),
        at: written,
        deleted,
        value: index / 8,
        end_time: at(index) + index,
      },
    }));
  const all = (rows: ReturnType<typeof times>): LegacyRows => ({
    traces: rows.map(({ start_time: _, end_time: __, value: ___, ...row }) => row),
    observations: rows.map(({ timestamp: _, value: __, ...row }) => row),
    scores: rows.map(({ start_time: _, end_time: __, ...row }) => row),
  });
  const { client, database } = world.own.world.clickhouse;
  for (const source of LEGACY_SOURCES) await world.own.command(`SYSTEM STOP MERGES ${database}.${source}`);
  const spread = (index: number) => YESTERDAY + 60 * MINUTE + Math.floor(index / 3) * 2 * MINUTE;
  for (const rows of [
    times(spread, YESTERDAY, 1),
    times((index) => YESTERDAY + DAY - 1 - index * MINUTE, YESTERDAY + 1, 4),
    times((index) => YESTERDAY + DAY - 1 - index * MINUTE, YESTERDAY + 2, 40, true),
    times(() => Date.now() + DAY, YESTERDAY, 100),
  ])
    await insertLegacyRows(client, world.project.projectId, all(rows));
});
afterAll(async () => {
  for (const cleanup of cleanups) await cleanup();
});

/** The rows that the table shows: dated up to the click. */
async function shown(source: LegacySource): Promise<Row[]> {
  const rows = await newestLegacyVersions(world.own.rows, world.project.projectId, source);
  return rows.filter((row) => Date.parse(String(row[timeColumnOf(source)])) < Date.now());
}

/** Sorted by the values of the columns, the first one first. */
function sortedBy(rows: readonly Row[], columns: readonly string[], sign: 1 | -1): Row[] {
  return rows.toSorted((left, right) => {
    const differing = columns.find((column) => left[column] !== right[column]);
    if (differing === undefined) return 0;
    return sign * (String(left[differing]) < String(right[differing]) ? -1 : 1);
  });
}

let exports = 0;
async function download(request: BatchExportInput): Promise<{ rows: FileRow[]; content: Buffer }> {
  exports += 1;
  const one = await world.create(`export-${exports}`, request);
  const details = await one.until('COMPLETED');
  const { content, sha256 } = await one.file();
  const rows = await readFile(content, request.format ?? 'csv');
  expect(details).toMatchObject({ rows: rows.length, plannedRows: rows.length, bytes: content.length, sha256 });
  expect(details.truncatedAt).toBe(request.rowLimit);
  return { rows, content };
}

describe.each(LEGACY_SOURCES)('%s', (source) => {
  const time = timeColumnOf(source);
  const compared = (rows: readonly Row[]) =>
    rows.map((row) => [row.id, row.name, row[time], row.event_ts, source === 'scores' && Number(row.value)].join(' '));

  test('as CSV: the newest versions of the rows up to the click, the newest first', async () => {
    const expected = sortedBy(await shown(source), [time, 'id'], -1);
    expect(expected.length).toBe(ROWS - 2);
    const { rows, content } = await download({ source });
    expect(compared(rows)).toEqual(compared(expected));
    expect(content.toString().split('\n')[0]).toMatch(/^"id",/);
  });

  test('in another order, with a row limit: its first rows, and the file says that it was cut', async () => {
    const expected = sortedBy(await shown(source), ['name', time, 'id'], 1);
    const { rows } = await download({
      ...{ source, format: 'jsonl', compression: 'none', rowLimit: 17 },
      order: { column: 'name', direction: 'ASC' },
    });
    expect(compared(rows)).toEqual(compared(expected.slice(0, 17)));
  });

  test('filtered, as Parquet: only rows whose newest version matches', async () => {
    const noon = new Date(YESTERDAY + DAY / 2).toISOString();
    const { rows } = await download({
      ...{ source, format: 'parquet' },
      filters: [
        { column: 'startTime', type: 'datetime', operator: '<', value: noon },
        { column: 'environment', type: 'null', operator: 'is not null' },
        { column: 'name', type: 'stringOptions', operator: 'none of', value: ['name 3'] },
      ],
    });
    const matching = (await shown(source)).filter(
      (row) => String(row[time]) < noon && row.environment === 'odd' && row.name !== 'name 3',
    );
    expect(matching.length).toBeGreaterThan(5);
    expect(compared(rows)).toEqual(compared(sortedBy(matching, [time, 'id'], -1)));
  });

  test.each(['csv', 'parquet'] as const)('without a row it is a whole %s file', async (format) => {
    const { rows, content } = await download({
      source,
      format,
      search: { query: 'no such', types: ['id', 'content'] },
    });
    expect(rows).toEqual([]);
    if (format === 'csv') expect(content.toString()).toMatch(/^"id",[^\n]*\n$/);
    else expect(content.subarray(-4).toString()).toBe('PAR1');
  });

  test('a filter or an order by a column that it lacks is refused, with what it has', async () => {
    const refused = world.create('refused', {
      source,
      filters: [
        { column: 'name', type: 'string', operator: '=', value: 'x' },
        { column: 'experimentId', type: 'string', operator: '=', value: 'x' },
      ],
      order: { column: source === 'observations' ? 'userId' : 'latency', direction: 'ASC' },
    });
    await expect(refused).rejects.toThrow(InvalidConfig);
    const message = expect.stringMatching(
      new RegExp(`^the source ${source} has no \\w+; it has id, traceId, startTime, `),
    );
    await expect(refused).rejects.toMatchObject({
      issues: [
        { path: 'filters.1.column', message },
        { path: 'order.column', message },
      ],
    });
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Part, Window } from '../../../shared/activities.ts';
import { splitPart } from '../../../shared/parts.ts';
import { DAY, iso, MINUTE } from '../../../shared/period.ts';
import { COLUMN_GROUPS } from '../../../shared/sources/catalog.ts';
import { FAR, openPlanningWorld, START } from './planning-world.ts';
import { jsonLines, type SourceWorld } from './source-world.ts';

let own: SourceWorld;

beforeAll(async () => {
  own = await openPlanningWorld();
});
afterAll(() => own.close());

const month: Window = { axis: 'event', start: iso(START), end: iso(START + 30 * DAY), updatedBefore: FAR };
const changed: Window = { axis: 'updated', start: iso(START + 19 * DAY), end: iso(START + 20 * DAY) };
const sum = (parts: readonly Part[]) => parts.reduce((total, { rows }) => total + rows, 0);

async function idsOf(window: Window, part: Part): Promise<string[]> {
  return jsonLines((await own.read(window, part)).bytes).map(({ id }) => String(id));
}

describe('parts', () => {
  test('a window that fits is one part with the rows and bytes it has', async () => {
    const parts = await own.source.planParts(own.selection, month, { rows: 1e6, bytes: 1e9 }, own.stream());
    expect(parts).toEqual([
      {
        name: 'p0000',
        source: 'events',
        slice: { kind: 'range', from: month.start, to: month.end },
        rows: 20_000,
        // 2,000 rows do not say how large they are.
        bytes: 18_000 * 1_000 + 2_000 * 2_048,
      },
    ]);
  });

  test('parts come close to the target, the minute of 2,000 rows in ranges of the hash', async () => {
    const parts = await own.source.planParts(own.selection, month, { rows: 1_000, bytes: 1e9 }, own.stream());
    expect(sum(parts)).toBe(20_000);
    expect(parts.filter(({ hash }) => hash)).toHaveLength(3);
    expect(parts.length).toBeLessThan(24);
    const seen = (await Promise.all(parts.map((part) => idsOf(month, part)))).flat();
    expect(new Set(seen).size).toBe(20_000);
    expect(seen).toHaveLength(20_000);
  });

  test('an empty window has no part', async () => {
    const empty = { ...month, start: iso(START - DAY), end: iso(START) };
    expect(await own.source.planParts(own.selection, empty, { rows: 1e6, bytes: 1e9 }, own.stream())).toEqual([]);
  });

  test('only an open window has the part of rows dated beyond the key', async () => {
    const parts = await own.source.planParts(
      own.selection,
      { ...month, open: true },
      { rows: 1e6, bytes: 1e9 },
      own.stream(),
    );
    expect(parts.map(({ name, slice, rows }) => [name, slice.kind, rows])).toEqual([
      ['p0000', 'range', 20_000],
      ['p0001', 'outside', 3],
    ]);
  });

  test('a live part is a list of the minutes in which rows changed', async () => {
    const parts = await own.source.planParts(own.selection, changed, { rows: 1e6, bytes: 1e9 }, own.stream());
    expect(sum(parts)).toBe(500);
    const [part] = parts;
    expect(part?.slice.kind === 'minutes' && part.slice.runs.length).toBe(500);
    expect(part && (await own.source.countPart(own.selection, changed, part, own.stream()))).toEqual({
      rows: 500,
      minEventTime: '2026-04-01T00:00:00.000000Z',
      maxEventTime: '2026-04-09T07:36:00.000000Z',
    });
  });

  test.each([month, changed])(
    'halves of a part hold its rows, down to single minutes and hashes (%#)',
    async (window) => {
      const [whole] = await own.source.planParts(own.selection, window, { rows: 1e6, bytes: 1e9 }, own.stream());
      if (whole === undefined) throw new Error('no part');
      let parts = [whole];
      for (let round = 0; round < 3; round += 1) parts = parts.flatMap((part) => splitPart(part) ?? [part]);
      const minute: Part = {
        ...whole,
        slice: { kind: 'minutes', runs: [[(START + DAY) / MINUTE, (START + DAY) / MINUTE + 1]] },
      };
      const seen = (await Promise.all(parts.map((part) => idsOf(window, part)))).flat().sort();
      expect(seen).toEqual((await idsOf(window, whole)).sort());
      const halves = splitPart(minute) ?? [];
      const counts = await Promise.all(
        halves.map((part) => own.source.countPart(own.selection, window, part, own.stream())),
      );
      const all = await own.source.countPart(own.selection, window, minute, own.stream());
      expect((counts[0]?.rows ?? 0) + (counts[1]?.rows ?? 0)).toBe(all.rows);
    },
  );

  test('lists and long ranges of minutes hold the same rows', async () => {
    const first = START / MINUTE;
    const list = (runs: Array<[number, number]>): Part => ({
      name: 'p0000',
      source: 'events',
      slice: { kind: 'minutes', runs },
      rows: 1,
      bytes: 1,
    });
    const single = Array.from({ length: 7_000 }, (_, index): [number, number] => [
      first + index * 2,
      first + index * 2 + 1,
    ]);
    const count = (part: Part) => own.source.countPart(own.selection, { ...month }, part, own.stream());
    const odd = await count(list(single.map(([from]) => [from + 1, from + 2])));
    const even = await count(list(single));
    const long = await count(list([[first, first + 14_000]]));
    expect(odd.rows + even.rows).toBe(long.rows);
    expect(even.rows).toBeGreaterThan(5_000);
    // Rows of 2250 wrap into the minutes of 1977: they belong to the part of the rows outside.
    const seventies: [number, number] = [Date.UTC(1976, 0, 1) / MINUTE, Date.UTC(1979, 0, 1) / MINUTE];
    expect((await count(list([seventies]))).rows).toBe(0);
    // A long run and far ones together.
    expect(
      (
        await count(
          list([
            [first - 5_000, first - 10],
            [first, first + 14_000],
            [first + 90_000, first + 99_000],
          ]),
        )
      ).rows,
    ).toBe(long.rows);
  });
});

test('without input, output and metadata the cheaper table is read, by all queries', async () => {
  const { database } = own.world.clickhouse;
  const { projectId } = own.selection;
  await own.command(
    `INSERT INTO ${database}.events_core (project_id, trace_id, span_id, start_time, updated_at, event_ts) SELECT '${projectId}', 't', 'core only', toDateTime64('2026-06-01 00:00:00', 6, 'UTC'), now64(6), now64(6)`,
  );
  const june: Window = {
    axis: 'event',
    start: '2026-06-01T00:00:00.000Z',
    end: '2026-07-01T00:00:00.000Z',
    updatedBefore: FAR,
  };
  const lean = {
    ...own.selection,
    columnGroups: COLUMN_GROUPS.filter((group) => group !== 'io' && group !== 'metadata'),
  };
  expect((await own.rowsOf(june, { selection: lean })).map(({ id }) => id)).toEqual(['core only']);
  expect(await own.rowsOf(june)).toEqual([]);
  expect(await own.rowsOf(june, { selection: { ...lean, columnGroups: ['core', 'io'] } })).toEqual([]);
});

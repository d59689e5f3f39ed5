import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Window } from '../../../shared/activities.ts';
import { HOUR, iso, MINUTE } from '../../../shared/period.ts';
import { identities, openSourceWorld, type SourceWorld } from './source-world.ts';

const NOON = Date.UTC(2026, 2, 10, 12);
const live: Window = { axis: 'updated', start: iso(NOON), end: iso(NOON + HOUR) };
const late = (hours: number): Window => ({ ...live, late: hours });
const span = {
  axis: 'updated' as const,
  from: iso(NOON - HOUR),
  to: iso(NOON + 2 * HOUR),
  anchorMs: NOON - HOUR,
  lengthMs: HOUR,
};
let own: SourceWorld;

beforeEach(async () => {
  own = await openSourceWorld();
  await own.command(`SYSTEM STOP MERGES ${own.world.clickhouse.database}.events_full`);
});
afterEach(() => own.close());

interface Written {
  ids: string[];
  updated?: number;
  version?: number;
  start?: string;
  deleted?: boolean;
}

async function write({
  ids,
  updated = NOON + MINUTE,
  version = 1,
  start = '2026-03-10 11:00:00',
  deleted = false,
}: Written) {
  const at = iso(updated).slice(0, -1).replace('T', ' ');
  const rows = ids.map(
    (id) =>
      `('${own.selection.projectId}', 't', '${id}', '${start}', '${at}', addSeconds(toDateTime64('2026-03-10 00:00:00', 6, 'UTC'), ${version}), ${deleted ? 1 : 0})`,
  );
  await own.command(
    `INSERT INTO ${own.world.clickhouse.database}.events_full (project_id, trace_id, span_id, start_time, updated_at, event_ts, is_deleted) VALUES ${rows.join(', ')}`,
  );
}

async function deliver(window: Window): Promise<string[]> {
  await own.source.registerDelivered(own.selection, window, own.stream());
  return identities(await own.rowsOf(window)).map((row) => row.split('@')[0] ?? '');
}

const missing = async (hours: number) =>
  (await own.source.findLateRows(own.selection, { ...span, late: hours }, own.stream().delivered)).periods;

test('rows that become visible after their period arrive in the sweep, exactly those, each once', async () => {
  await write({ ids: ['a', 'b'] });
  expect(await deliver(live)).toEqual(['a', 'b']);
  expect(await missing(2)).toEqual([]);

  await write({ ids: ['c', 'd'], start: '2025-01-01 00:00:00' });
  await write({ ids: ['e'], start: '2299-12-31 00:00:00' });
  await write({ ids: ['f'], start: '1900-01-01 00:00:00' });
  expect(await missing(2)).toEqual([[1, 4]]);
  expect(await deliver(late(2))).toEqual(['c', 'd', 'e', 'f']);

  expect(await missing(72)).toEqual([]);
  expect(await deliver(late(72))).toEqual([]);
  await write({ ids: ['g'] });
  expect(await missing(72)).toEqual([[1, 1]]);
  expect(await deliver(late(72))).toEqual(['g']);
});

test('a sweep that is tried again delivers the same rows', async () => {
  await deliver(live);
  await write({ ids: ['c'] });
  expect(await deliver(late(2))).toEqual(['c']);
  expect(await missing(2)).toEqual([[1, 1]]);
  expect(await deliver(late(2))).toEqual(['c']);
  // Rows that came in between come too.
  await write({ ids: ['d'] });
  expect(await deliver(late(2))).toEqual(['c', 'd']);
  expect(await deliver(live)).toEqual(['c', 'd']);
  expect(await missing(72)).toEqual([]);
});

test('ordinary updates and deletions cause no late rows', async () => {
  await write({ ids: ['a', 'b', 'c'] });
  await write({ ids: ['b'], version: 2, updated: NOON + 2 * MINUTE });
  await deliver(live);
  await write({ ids: ['a'], version: 3, updated: NOON + 90 * MINUTE });
  await write({ ids: ['c'], version: 3, updated: NOON + 3 * MINUTE, deleted: true });
  expect(await missing(2)).toEqual([[2, 1]]);
  const next: Window = { axis: 'updated', start: iso(NOON + HOUR), end: iso(NOON + 2 * HOUR) };
  expect(await deliver(next)).toEqual(['a']);
  expect(await missing(2)).toEqual([]);
  expect(await deliver(late(2))).toEqual([]);
});

test('a new version inside a delivered window is late, and only the newest', async () => {
  await write({ ids: ['a'] });
  await deliver(live);
  await write({ ids: ['a'], version: 2, updated: NOON + 2 * MINUTE });
  await write({ ids: ['a'], version: 3, updated: NOON + 3 * MINUTE });
  expect(await missing(2)).toEqual([[1, 1]]);
  expect(await deliver(late(2))).toEqual(['a']);
  expect(await missing(72)).toEqual([]);
});

test('a period of which nothing was registered is late as a whole', async () => {
  await write({ ids: ['a'], updated: NOON + 61 * MINUTE });
  await write({ ids: ['b', 'c'] });
  expect(await missing(2)).toEqual([
    [1, 2],
    [2, 1],
  ]);
});

test('keys of other integrations do not count', async () => {
  await write({ ids: ['a'] });
  const other = { ...own.stream(), delivered: { projectId: own.selection.projectId, integrationId: 'other' } };
  await own.source.registerDelivered(own.selection, live, other);
  expect(await missing(2)).toEqual([[1, 1]]);
  expect((await own.source.findLateRows(own.selection, { ...span, late: 2 }, other.delivered)).periods).toEqual([]);
});

test('with a start date older rows are not late', async () => {
  await write({ ids: ['old'], start: '2025-01-01 00:00:00' });
  await write({ ids: ['new'] });
  const query = { ...span, late: 2, eventFrom: '2026-01-01T00:00:00.000Z' };
  const { periods } = await own.source.findLateRows(own.selection, query, own.stream().delivered);
  expect(periods).toEqual([[1, 1]]);
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InvalidConfig } from '../../client/index.ts';
import { DAY, HOUR, iso } from '../../shared/period.ts';
import type { SourceName } from '../../shared/sources/catalog.ts';
import { runActivity } from '../activities/run-activity.ts';
import { insertLegacyRows, type LegacyRows } from '../support/legacy-rows.ts';
import { idsOf } from './events.ts';
import { actor, createExportWorld, type ExportWorld, type RunningIntegration } from './export-world.ts';
import { exportedBySource, LEGACY_SOURCES, legacyVersionsOf, newestLegacyVersions } from './legacy.ts';

/** Live periods of five seconds that are read six seconds after their end: enough for an insert on a busy machine. */
const QUICK = { frequency: 'every_5_seconds', settleMinutes: 0.1 } as const;
const sources: SourceName[] = [...LEGACY_SOURCES];

let own: ExportWorld;
beforeAll(async () => {
  own = await createExportWorld();
  const { database } = own.world.clickhouse;
  for (const source of LEGACY_SOURCES) await own.command(`SYSTEM STOP MERGES ${database}.${source}`);
});
afterAll(() => own.cleanup());

const insert = (projectId: string, rows: LegacyRows) => insertLegacyRows(own.world.clickhouse.client, projectId, rows);

async function expectNewestVersions(one: RunningIntegration): Promise<void> {
  const exported = await exportedBySource(one, sources);
  for (const source of LEGACY_SOURCES) {
    const table = await newestLegacyVersions(own.rows, one.projectId, source);
    expect(legacyVersionsOf(source, exported.get(source) ?? [])).toEqual(legacyVersionsOf(source, table));
  }
}

const dataOf = async ({ projectId, integrationId }: RunningIntegration) =>
  (await own.keys()).filter((key) => key.includes(`/${projectId}/${integrationId}/`) && key.endsWith('.jsonl'));
const filesOf = async (one: RunningIntegration) =>
  (await one.manifests()).flatMap(({ files }) => files.map(({ key }) => key)).sort();

describe.concurrent('traces, observations and scores in one integration', () => {
  test('history: one manifest per period names the files of every source that has rows; rows are the newest versions', async () => {
    const { projectId, start } = own.project('history');
    const day = Math.floor((Date.now() - 10 * DAY) / DAY) * DAY;
    const at = (hour: number) => day + hour * HOUR;
    await insert(projectId, {
      traces: ['kept', 'moved', 'deleted'].map((id) => ({ id, timestamp: at(1) })),
      observations: ['kept', 'moved', 'deleted'].map((id) => ({ id, start_time: at(1) + 1 })),
      scores: ['kept', 'moved', 'deleted'].map((id) => ({ id, timestamp: at(1) + 2 })),
    });
    // Newer versions at another hour of the same day take the place of the older ones there.
    const written = day + DAY;
    await insert(projectId, {
      traces: [{ id: 'moved', timestamp: at(5), at: written, name: 'new', user_id: 'somebody' }],
      observations: [{ id: 'moved', start_time: at(5), at: written, output: 'new' }],
      scores: [{ id: 'moved', timestamp: at(5), at: written, value: 1 }],
    });
    await insert(projectId, {
      traces: [{ id: 'deleted', timestamp: at(1), at: written, deleted: true }],
      observations: [{ id: 'deleted', start_time: at(1), at: written, deleted: true }],
      scores: [{ id: 'deleted', timestamp: at(1), at: written, deleted: true }],
    });
    await insert(projectId, { scores: [{ id: 'alone', timestamp: at(9) }] });

    const one = await start({ sources });
    await one.untilExported();
    await expectNewestVersions(one);
    const filled = (await one.manifests()).filter(({ files }) => files.length > 0);
    const shown = filled.map(({ axis, revision, window, files, counts, totals }) => ({
      ...{ axis, revision, hour: (Date.parse(window.start) - day) / HOUR, counts, rows: totals.rows },
      sources: files.map(({ source, rows }) => `${source}: ${rows}`).sort(),
    }));
    const three = ['observations: 1', 'scores: 1', 'traces: 1'];
    const history = { axis: 'event', revision: 1 };
    expect(shown).toEqual([
      { ...history, hour: 1, rows: 3, counts: { before: 3, after: 3 }, sources: three },
      { ...history, hour: 5, rows: 3, counts: { before: 3, after: 3 }, sources: three },
      { ...history, hour: 9, rows: 1, counts: { before: 1, after: 1 }, sources: ['scores: 1'] },
    ]);
    expect((await one.view()).totals).toMatchObject({ rows: 7, files: 7 });
    expect(await dataOf(one)).toEqual(await filesOf(one));
  });

  test('live: changed rows and rows that are dated days ago arrive in the period of their writing, once; beyond the look-back they do not', async () => {
    const { projectId, start } = own.project('live');
    const old = Date.now() - 5 * DAY;
    await insert(projectId, {
      traces: [
        { id: 'changed', timestamp: old },
        { id: 'untouched', timestamp: old },
      ],
      observations: [{ id: 'changed', start_time: old }],
      scores: [{ id: 'changed', timestamp: old }],
    });
    const one = await start({ ...QUICK, sources, lookBackDays: 6 });
    await one.untilExported();
    await expectNewestVersions(one);

    const at = Date.now();
    const sameDay = Math.floor(old / DAY) * DAY + (old % DAY > DAY / 2 ? 0 : DAY - 1);
    await insert(projectId, {
      traces: [
        { id: 'changed', timestamp: sameDay, at, input: 'new' },
        { id: 'late', timestamp: at - 2 * DAY, at },
      ],
      observations: [
        { id: 'changed', start_time: sameDay, at, end_time: at },
        { id: 'too late', start_time: at - 8 * DAY, at },
      ],
    });
    await one.untilExported(at + 10_000);
    await insert(projectId, { scores: [{ id: 'only', timestamp: Date.now() }] });
    await one.untilExported(Date.now() + 10_000);
    const rows = await exportedBySource(one, sources);
    expect(idsOf(rows.get('traces') ?? [])).toEqual(['changed', 'changed', 'late', 'untouched']);
    expect(idsOf(rows.get('observations') ?? [])).toEqual(['changed', 'changed']);
    expect(idsOf(rows.get('scores') ?? [])).toEqual(['changed', 'only']);
    // Of both versions the one with the newer event_ts counts.
    const inputs = rows
      .get('traces')
      ?.flatMap(({ id, event_ts, input }) => (id === 'changed' ? [[event_ts, input]] : []));
    expect(inputs?.toSorted()).toEqual([
      [iso(old), null],
      [iso(at), 'new'],
    ]);
    const live = (await one.manifests()).filter(({ axis, files }) => axis === 'updated' && files.length > 0);
    expect(live.map(({ files }) => files.map(({ source }) => source).sort())).toEqual([
      ['observations', 'traces'],
      ['scores'],
    ]);
    expect(Date.parse(live[0]?.window.start ?? '')).toBeLessThanOrEqual(at);
    expect(Date.parse(live[0]?.window.end ?? '')).toBeGreaterThan(at);
  });

  test('nothing at all: manifests without files, with the columns of every source; rows that come later arrive', async () => {
    const { projectId, start } = own.project('empty');
    const one = await start({ ...QUICK, sources });
    await one.untilExported();
    const before = await one.manifests();
    expect(before.length).toBeGreaterThan(0);
    expect(before.flatMap(({ files }) => files)).toEqual([]);
    const at = Date.now();
    await insert(projectId, { observations: [{ id: 'first of all', start_time: at - DAY, at }] });
    await one.untilExported(at + 10_000);
    await expectNewestVersions(one);
    expect(await dataOf(one)).toHaveLength(1);
  });

  test('a filter by a column that one of the sources lacks is refused and names it', async () => {
    const filters = [{ column: 'level', type: 'string', operator: '=', value: 'ERROR' }] as const;
    const refused = own.project('refused').start({ sources, filters: [...filters] });
    await expect(refused).rejects.toThrow(InvalidConfig);
    await expect(refused).rejects.toMatchObject({
      issues: [
        { path: 'filters.0.column', message: expect.stringMatching(/^the source traces has no level; it has id, /) },
      ],
    });
  });
});

test('events and scores, exported again: the next revision replaces the files of both, and only those go, by name', async () => {
  const { projectId, insert: insertEvents, newestVersionsOfTable, start } = own.project('again');
  const hour = Math.floor((Date.now() - 6 * DAY) / HOUR) * HOUR;
  await insertEvents(
    { id: 'a', start: hour },
    { id: 'b', start: hour + HOUR },
    { id: 'live', start: Date.now() - DAY },
  );
  await insert(projectId, {
    scores: ['a', 'b', 'c'].map((id, index) => ({ id, timestamp: hour + (index % 2) * HOUR })),
  });
  const both: SourceName[] = ['events', 'scores'];
  const one = await start({ sources: both });
  await one.untilExported();
  const before = await filesOf(one);
  expect(before).toHaveLength(5);

  await insertEvents({ id: 'a', start: hour, at: hour + 1, deleted: true });
  await insert(projectId, { scores: [{ id: 'c', timestamp: hour + 2, at: hour + 2, value: 0.75 }] });
  const from = iso(hour);
  await own.exports.integrations.reexport({ projectId, integrationId: 'one', actor, from, to: iso(hour + HOUR) });
  await one.until(({ totals }) => totals.rows === 6 + 2, 'it was exported again');
  await one.untilExported();
  const rows = await exportedBySource(one, both);
  expect(idsOf(rows.get('events') ?? [])).toEqual(idsOf(await newestVersionsOfTable()));
  const scores = await newestLegacyVersions(own.rows, projectId, 'scores');
  expect(legacyVersionsOf('scores', rows.get('scores') ?? [])).toEqual(legacyVersionsOf('scores', scores));
  const again = (await one.manifests()).find(({ revision }) => revision === 2);
  expect(again).toMatchObject({ window: { start: from }, files: [{ source: 'scores', rows: 2 }] });
  const after = await filesOf(one);
  const replaced = before.filter((key) => !after.includes(key));
  expect(replaced).toHaveLength(2);
  expect(again?.superseded).toEqual(replaced);

  // A day later.
  const table = `${own.exportsDatabase}.superseded_objects`;
  await own.command(`INSERT INTO ${table} SELECT * REPLACE (now64(3) - INTERVAL 1 SECOND AS remove_after, now64(3) AS changed_at)
    FROM ${table} FINAL WHERE project_id = '${projectId}'`);
  const removed = await runActivity(() => own.activities().removeSuperseded({ job: one.job() }));
  expect(removed).toEqual({ removed: 2, waiting: 0 });
  expect(await dataOf(one)).toEqual(after);
});

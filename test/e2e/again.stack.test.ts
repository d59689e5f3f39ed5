import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DAY, HOUR, iso } from '../../shared/period.ts';
import { runActivity } from '../activities/run-activity.ts';
import { idsOf, versionsOf } from './events.ts';
import { actor, createExportWorld, type ExportWorld, type Project, type RunningIntegration } from './export-world.ts';

let own: ExportWorld;
beforeAll(async () => {
  own = await createExportWorld();
});
afterAll(() => own.cleanup());

/** Three hours of history and one live row. */
async function withRows(name: string): Promise<{ project: Project; hour: number }> {
  const project = own.project(name);
  const hour = Math.floor((Date.now() - 6 * DAY) / HOUR) * HOUR;
  await project.insert(
    ...['a', 'b', 'c'].flatMap((id, index) => [
      { id: `${id}-1`, start: hour + index * HOUR },
      { id: `${id}-2`, start: hour + index * HOUR + 1 },
    ]),
    { id: 'live', start: Date.now() - DAY },
  );
  return { project, hour };
}

const idOf = ({ projectId, integrationId }: RunningIntegration) => ({ projectId, integrationId, actor });
const filesOf = async (one: RunningIntegration) =>
  (await one.manifests()).flatMap(({ files }) => files.map(({ key }) => key)).sort();
const dataOf = async ({ projectId, integrationId }: RunningIntegration) =>
  (await own.keys()).filter((key) => key.includes(`/${projectId}/${integrationId}/`) && key.endsWith('.jsonl'));
const revisions = async (one: RunningIntegration) =>
  (await one.manifests()).flatMap(({ revision, files }) => (files.length > 0 ? [revision] : [])).sort();

describe.concurrent('exported again', () => {
  test('reexport puts new files beside the old ones and then replaces the manifest; the old files go after a day, by name, and never one that a manifest names', async () => {
    const { project, hour } = await withRows('reexport');
    const { projectId } = project;
    const one = await project.start();
    const other = await project.start({}, { integrationId: 'two' });
    await one.untilExported();
    await other.untilExported();
    const before = await filesOf(one);
    const others = await dataOf(other);

    await own.command(
      `ALTER TABLE events_full DELETE WHERE project_id = '${projectId}' AND span_id = 'b-2' SETTINGS mutations_sync = 2`,
    );
    const from = iso(hour + HOUR);
    await own.exports.integrations.reexport({ ...idOf(one), from, to: iso(hour + 2 * HOUR) });
    await one.until(({ totals }) => totals.rows === 8, 'it was exported again');
    await one.untilExported();
    expect(versionsOf(await one.exported())).toEqual(versionsOf(await project.newestVersionsOfTable()));
    expect(await revisions(one)).toEqual([1, 1, 1, 2]);
    const replaced = before.filter((key) => key.includes(`/${from.replaceAll(/[-:]/g, '').slice(0, 13)}`));
    expect(replaced).toHaveLength(1);
    const again = (await one.manifests()).find(({ window, axis }) => axis === 'event' && window.start === from);
    expect(again).toMatchObject({ revision: 2, superseded: replaced, totals: { rows: 1 } });
    const after = await filesOf(one);
    expect(await dataOf(one)).toEqual([...after, ...replaced].sort());

    const clean = () => runActivity(() => own.activities().removeSuperseded({ job: one.job() }));
    expect(await clean()).toEqual({ removed: 0, waiting: 1 });
    expect(await dataOf(one)).toEqual([...after, ...replaced].sort());
    // A day later; and by some accident a file that the present manifest names was recorded too.
    const table = `${own.exportsDatabase}.superseded_objects`;
    await own.command(`INSERT INTO ${table} SELECT * REPLACE (now64(3) - INTERVAL 1 SECOND AS remove_after, now64(3) AS changed_at)
      FROM ${table} FINAL WHERE project_id = '${projectId}'`);
    const named = again?.files[0]?.key ?? '';
    await own.command(`INSERT INTO ${table} SELECT * REPLACE ('${named}' AS key, now64(3) AS changed_at)
      FROM ${table} FINAL WHERE project_id = '${projectId}'`);
    expect(await clean()).toEqual({ removed: 1, waiting: 1 });
    expect(await dataOf(one)).toEqual(after);
    expect(versionsOf(await one.exported())).toEqual(versionsOf(await project.newestVersionsOfTable()));

    // The integration beside it, with the same prefix, was not touched.
    expect(await dataOf(other)).toEqual(others);
    expect(await filesOf(other)).toEqual(others);
    expect(await revisions(other)).toEqual([1, 1, 1, 1]);
  });

  test('rewind exports everything from there on as the next revision; a second one the one after, and all superseded files are recorded', async () => {
    const { project, hour } = await withRows('rewind');
    const one = await project.start();
    await one.untilExported();
    await own.exports.integrations.rewind({ ...idOf(one), to: iso(hour + HOUR + 1) });
    await one.until(({ totals }) => totals.rows === 7 + 5, 'it was exported again');
    await one.untilExported();
    expect(await revisions(one)).toEqual([1, 2, 2, 2]);
    await own.exports.integrations.rewind({ ...idOf(one), to: iso(hour + 2 * HOUR) });
    await one.until(({ totals }) => totals.rows === 12 + 3, 'and again');
    await one.untilExported();
    expect(await revisions(one)).toEqual([1, 2, 3, 3]);
    expect(versionsOf(await one.exported())).toEqual(versionsOf(await project.newestVersionsOfTable()));
    const recorded = await own.rows(
      `SELECT key FROM ${own.exportsDatabase}.superseded_objects FINAL WHERE project_id = '${project.projectId}'`,
    );
    const superseded = recorded.map(({ key }) => String(key));
    expect([...(await filesOf(one)), ...superseded].sort()).toEqual(await dataOf(one));
    expect(superseded).toHaveLength(5);
  });

  test('deleted and created again it goes on from its checkpoint; fresh it exports everything as new revisions', async () => {
    const { project } = await withRows('deleted');
    const QUICK = { frequency: 'every_5_seconds', settleMinutes: 0.1 } as const;
    const first = await project.start(QUICK);
    await first.untilExported();
    const files = await filesOf(first);
    await own.exports.integrations.delete(idOf(first));
    const at = Date.now();
    await project.insert({ id: 'while it was gone', start: at });

    const second = await project.start(QUICK);
    await second.untilExported(at + 5_000);
    expect(idsOf(await second.exported())).toEqual(idsOf(await project.newestVersionsOfTable()));
    expect(new Set(await revisions(second))).toEqual(new Set([1]));
    expect(await filesOf(second)).toEqual(expect.arrayContaining(files));
    expect((await second.view()).totals.rows).toBe(8);
    const actions = await own.rows(
      `SELECT action FROM ${own.exportsDatabase}.audit_log WHERE project_id = '${project.projectId}' ORDER BY at`,
    );
    expect(actions.map(({ action }) => action)).toEqual(['create', 'delete', 'start again']);
    await own.exports.integrations.delete(idOf(second));

    const third = await project.start(QUICK, { fresh: true });
    await third.untilExported();
    // Its border lies later, so a period of history may be longer than before; every row is there once, from the newest manifests.
    expect(new Set(idsOf(await third.exported()))).toEqual(new Set(idsOf(await project.newestVersionsOfTable())));
    expect((await third.view()).totals.rows).toBe(8);
    expect(new Set(await revisions(third))).toEqual(new Set([2]));
  });
});

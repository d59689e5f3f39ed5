import { afterAll, beforeAll, expect, test } from 'vitest';
import { DAY, MINUTE } from '../../shared/period.ts';
import { idsOf, versionsOf } from './events.ts';
import { createExportWorld, type ExportWorld } from './export-world.ts';

let own: ExportWorld;
beforeAll(async () => {
  own = await createExportWorld();
});
afterAll(() => own.cleanup());

const FREQUENCY = 5_000;
/** About 11 and 29 seconds. */
const SWEEPS = [0.003, 0.008];

test('rows that become visible after their period was exported come as late objects, just these, by the sweep that finds them first', async () => {
  const project = own.project('late');
  const one = await project.start({
    frequency: 'every_5_seconds',
    settleMinutes: 0.05,
    tuning: { sweepHours: SWEEPS },
  });
  await one.untilExported();
  const at = Date.now();
  await project.insert({ id: 'in time', start: at }, { id: 'updated later', start: at });
  await one.untilExported(at + FREQUENCY);

  // The ingestion stalled: written in a period that is exported already. One of them is long past, and dated outside the primary key.
  await project.insert(
    { id: 'late', start: at - DAY, at },
    { id: 'late version', start: at - DAY, at: at - MINUTE, input: 'superseded' },
    { id: 'late and far', start: '2200-01-01T00:00:00', at },
  );
  await project.insert({ id: 'late version', start: at - DAY, at: at + 1 });
  const update = Date.now();
  await project.insert({ id: 'updated later', start: at, at: update });
  const sweptBy = (hours: number) =>
    one.until(
      ({ tracks }) =>
        tracks.some(({ id, exportedUpTo }) => id === `sweep-${hours}h` && Date.parse(exportedUpTo) > at + FREQUENCY),
      `the sweep after ${hours} hours`,
    );
  await sweptBy(0.003);
  await project.insert({ id: 'later still', start: at - DAY, at });
  await sweptBy(0.008);
  await one.untilExported(update + FREQUENCY);

  const rows = await one.exported();
  const ordinary = rows.filter(({ file }) => !file.includes('.late-'));
  expect(idsOf(ordinary)).toEqual(['in time', 'updated later', 'updated later']);
  const late = (hours: number) => idsOf(rows.filter(({ file }) => file.includes(`.late-${hours}h.`)));
  expect(late(0.003)).toEqual(['late', 'late and far', 'late version']);
  expect(late(0.008)).toEqual(['later still']);
  const delivered = versionsOf(rows);
  for (const version of versionsOf(await project.newestVersionsOfTable())) expect(delivered).toContain(version);

  const manifests = await one.manifests();
  expect(manifests.filter(({ revision }) => revision !== 1)).toEqual([]);
  for (const hours of SWEEPS) {
    const own = manifests.filter(({ window }) => window.late === hours);
    expect(own).toHaveLength(1);
    const period = manifests.find(({ window }) => window.late === undefined && window.start === own[0]?.window.start);
    expect(idsOf(rows.filter(({ file }) => file === period?.files[0]?.key))).toEqual(['in time', 'updated later']);
  }
});

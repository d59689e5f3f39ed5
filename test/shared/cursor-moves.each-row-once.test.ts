import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { EARLIEST_EVENT } from '../../shared/cursor-moves.ts';
import { DAY, HOUR, iso, WEEK } from '../../shared/period.ts';
import { ExportWorld, nameOf, type Row } from './export-world.ts';
import { NOW, offeredCadences } from './worlds.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Everything that a test's rows say was updated by then. */
const END = NOW + 40 * DAY;

/** T0 of an hourly integration. */
const BORDER = Date.UTC(2026, 2, 1, 10);
const floorToHour = (instant: number) => Math.floor(instant / HOUR) * HOUR;

const eventTimes = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: NOW - 70 * DAY, max: NOW + 12 * DAY }) },
  { weight: 6, arbitrary: fc.integer({ min: -80, max: 12 }).map((day) => Math.floor(NOW / DAY + day) * DAY) },
  { weight: 2, arbitrary: fc.integer({ min: NOW + 12 * DAY, max: NOW + 400 * DAY }) },
  { weight: 1, arbitrary: fc.constantFrom(Date.UTC(1900, 0, 1), -1, 0, DAY - 1) },
  { weight: 1, arbitrary: fc.constantFrom(Date.UTC(2106, 0, 1) - 1, Date.UTC(2106, 0, 1), Date.UTC(2200, 0, 1)) },
);
/** Most rows are written soon after they happened, some much later, and some long before. */
const rows: fc.Arbitrary<Row> = fc
  .tuple(eventTimes, fc.oneof(fc.integer({ min: 0, max: 2 * HOUR }), fc.integer({ min: -5 * DAY, max: 90 * DAY })))
  .map(([event, delay]) => ({
    event,
    updated: Math.min(END - 1, Math.max(NOW - 75 * DAY, Math.min(event, NOW + 20 * DAY) + delay)),
  }))
  .chain((row) =>
    fc.constantFrom(row, row, row, { ...row, updated: floorToHour(row.updated) }, { ...row, updated: BORDER }),
  );
const ancientRows: fc.Arbitrary<Row[]> = fc.array(
  fc.record({
    event: fc.constantFrom(EARLIEST_EVENT, EARLIEST_EVENT + 1, 5 * DAY),
    updated: fc.constant(NOW - 10 * DAY),
  }),
  { maxLength: 2 },
);
const tables = fc.array(rows, { maxLength: 60, size: 'max' });

const startDates = fc.oneof(
  fc.integer({ min: -75, max: 0 }).map((day) => iso(Math.floor(NOW / DAY + day) * DAY).slice(0, 10)),
  fc.integer({ min: NOW - 75 * DAY, max: NOW }).map(iso),
  fc.constantFrom('1899-12-31', '1965-01-01', '1970-01-01', '1970-01-02'),
);
const modes = fc.oneof(
  fc.constant({ mode: 'FULL_HISTORY' as const }),
  fc.constant({ mode: 'FROM_TODAY' as const }),
  startDates.map((startDate) => ({ mode: 'FROM_CUSTOM_DATE' as const, startDate })),
);

type Step = (world: ExportWorld) => void;
const running: fc.Arbitrary<Step> = fc
  .tuple(fc.integer({ min: 0, max: 4 * DAY }), fc.integer({ min: 0, max: 60 }), fc.nat(100_000))
  .map(
    ([time, pieces, seed]) =>
      (world) =>
        world.run(time, pieces, seed),
  );
const running20 = fc.tuple(fc.integer({ min: 0, max: 3 * HOUR }), fc.integer({ min: 0, max: 20 })).map(
  ([time, pieces]): Step =>
    (world) =>
      world.run(time, pieces),
);
const regridding: fc.Arbitrary<Step> = offeredCadences.map((cadence) => (world) => world.regrid(cadence));
const starting: fc.Arbitrary<Step> = modes.map((mode) => (world) => world.moveStart(mode));
const rewinding: fc.Arbitrary<Step> = fc
  .integer({ min: -80 * DAY, max: 0 })
  .map((back) => (world) => world.rewind(world.now + back));
const reexporting: fc.Arbitrary<Step> = fc
  .tuple(fc.integer({ min: -80 * DAY, max: 0 }), fc.integer({ min: 1, max: 20 * DAY }))
  .map(
    ([back, length]) =>
      (world) =>
        world.reexport(world.now + back, world.now + back + length),
  );
const stepsOf = (...kinds: Array<fc.Arbitrary<Step>>) =>
  fc.array(fc.oneof(running, running20, ...kinds), { minLength: 1, maxLength: 14, size: 'max' });

const describeRow = ({ event, updated }: Row) => `event ${iso(event)}, updated ${iso(updated)}`;

/** Rows by how often they stand in the commits, as text that a failed test can be read from. */
function faults(world: ExportWorld, isRight: (row: Row, times: number) => boolean, commits = world.commits): string[] {
  return world.rows
    .filter((row) => !isRight(row, world.deliveries(row, commits)))
    .map((row) => {
      const found = commits
        .filter((commit) => commit.rows.includes(row))
        .map(({ track, window }) => ({ track, ...window }));
      return `${describeRow(row)}: ${JSON.stringify(found)}`;
    });
}

describe('every wanted row belongs to exactly one window', () => {
  it('after the first activation, in every mode, frequency and offset', () => {
    fc.assert(
      fc.property(
        tables,
        ancientRows,
        modes,
        offeredCadences,
        fc.nat(10_000),
        (table, ancient, mode, cadence, seed) => {
          const world = new ExportWorld(cadence.frequency === 'hourly' ? table : [...table, ...ancient], NOW, {
            ...mode,
            ...cadence,
          });
          world.run(HOUR, 50, seed);
          world.finish(END + 2 * WEEK);
          expect(faults(world, (row, times) => times === (world.isWanted(row) ? 1 : 0))).toEqual([]);
        },
      ),
      { numRuns: 120 },
    );
  });

  it('after any changes of frequency, offset and start, at any moment, with failures', () => {
    fc.assert(
      fc.property(tables, modes, offeredCadences, stepsOf(regridding, starting), (table, mode, cadence, steps) => {
        const world = new ExportWorld(table, NOW, { ...mode, ...cadence });
        const everWanted = new Set(world.rows.filter((row) => world.isWanted(row)));
        for (const step of steps) {
          step(world);
          for (const row of world.rows) if (world.isWanted(row)) everWanted.add(row);
        }
        world.finish(Math.max(world.now, END) + 2 * WEEK);
        const isRight = (row: Row, times: number) => {
          if (!everWanted.has(row)) return times === 0;
          if (!world.isWanted(row)) return true;
          return world.withdrawn.has(row) ? times >= 1 : times === 1;
        };
        expect(faults(world, isRight)).toEqual([]);
      }),
      { numRuns: 120 },
    );
  });

  it('again after a rewind: once in the windows from there on, with the bounds that they had', () => {
    const whither = fc.integer({ min: NOW - 80 * DAY, max: END + WEEK });
    fc.assert(
      fc.property(
        tables,
        modes,
        offeredCadences,
        stepsOf(regridding, starting),
        whither,
        (table, mode, cadence, steps, to) => {
          const world = new ExportWorld(table, NOW, { ...mode, ...cadence });
          for (const step of steps) step(world);
          world.finish(Math.max(world.now, END) + 2 * WEEK);
          const first = world.commits.filter(({ track }) => world.state.tracks.some(({ id }) => id === track));
          const count = world.commits.length;
          world.rewind(to);
          world.finish();
          const again = world.commits.slice(count);
          const isRight = (row: Row, times: number) => {
            if (!world.isWanted(row) || world.withdrawn.has(row)) return true;
            const due = first.some((commit) => commit.rows.includes(row) && Date.parse(commit.window.end) > to);
            return times === (due ? 1 : 0);
          };
          expect(faults(world, isRight, again)).toEqual([]);
          const known = new Set(first.map(({ window }) => nameOf(window)));
          for (const { window, rows: found } of again)
            if (found.some((row) => !world.withdrawn.has(row))) expect(known).toContain(nameOf(window));
        },
      ),
      { numRuns: 120 },
    );
  });

  it('among the newest manifests, after rewinds, re-exports and changes of frequency in any order', () => {
    fc.assert(
      fc.property(
        tables,
        modes,
        offeredCadences,
        stepsOf(regridding, rewinding, reexporting),
        (table, mode, cadence, steps) => {
          const world = new ExportWorld(table, NOW, { ...mode, ...cadence });
          for (const step of steps) step(world);
          world.finish(Math.max(world.now, END) + 2 * WEEK);
          expect(faults(world, (row, times) => times === (world.isWanted(row) ? 1 : 0), world.manifests)).toEqual([]);
        },
      ),
      { numRuns: 120 },
    );
  });

  it('among the newest manifests, after all kinds of moves together', () => {
    fc.assert(
      fc.property(
        tables,
        modes,
        offeredCadences,
        stepsOf(regridding, starting, rewinding, reexporting),
        (table, mode, cadence, steps) => {
          const world = new ExportWorld(table, NOW, { ...mode, ...cadence });
          for (const step of steps) step(world);
          world.finish(Math.max(world.now, END) + 2 * WEEK);
          const isRight = (row: Row, times: number) =>
            !world.isWanted(row) || (world.withdrawn.has(row) ? times >= 1 : times === 1);
          expect(faults(world, isRight, world.manifests)).toEqual([]);
        },
      ),
      { numRuns: 120 },
    );
  });
});

describe('committed windows', () => {
  it('of one axis are the same or apart, whatever was rewound, exported again and cut anew', () => {
    fc.assert(
      fc.property(
        tables,
        modes,
        offeredCadences,
        stepsOf(regridding, rewinding, reexporting),
        (table, mode, cadence, steps) => {
          const world = new ExportWorld(table, NOW, { ...mode, ...cadence });
          for (const step of steps) step(world);
          world.finish(Math.max(world.now, END) + 2 * WEEK);
          const held = world.manifests.filter((commit) => commit.rows.length > 0);
          for (const axis of ['event', 'updated']) {
            const sorted = held
              .filter(({ window }) => window.axis === axis)
              .map(({ window }) => [Date.parse(window.start), Date.parse(window.end)] as const)
              .sort(([a], [b]) => a - b);
            for (const [index, [start]] of sorted.entries())
              if (index > 0) expect(start).toBeGreaterThanOrEqual(sorted[index - 1]?.[1] ?? Number.NaN);
          }
        },
      ),
      { numRuns: 120 },
    );
  });
});

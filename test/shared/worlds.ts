/** Arbitraries and small worlds for the tests of periods, tracks and states. */
import fc from 'fast-check';
import { type IntegrationConfig, integrationConfigSchema } from '../../shared/config/integration.ts';
import type { Grid } from '../../shared/grid.ts';
import { type Cadence, DAY, FREQUENCIES, type Frequency, HOUR, iso } from '../../shared/period.ts';
import type { TrackState } from '../../shared/track.ts';

/** 2026-03-04T10:20:30.456Z, a Wednesday. */
export const NOW = Date.UTC(2026, 2, 4, 10, 20, 30, 456);

export const SECONDS_OF_A_DAY = [1, 5, 7, 30, 60, 90, 270, 320, 675, 864, 900, 1080, 1200].filter(
  (seconds) => 86_400 % seconds === 0,
);

export const frequencies = fc.oneof(
  fc.constantFrom<Frequency>(...FREQUENCIES),
  fc.constantFrom(...SECONDS_OF_A_DAY).map((seconds): Frequency => `every_${seconds}_seconds`),
);

export const offsets = fc.oneof(fc.constantFrom(0, 330, 345, -210, 840, -720), fc.integer({ min: -720, max: 840 }));

export const cadences: fc.Arbitrary<Cadence> = fc.record({ frequency: frequencies, utcOffsetMinutes: offsets });

/** Those that people choose: coarse enough to walk over weeks. */
export const offeredCadences: fc.Arbitrary<Cadence> = fc.record({
  frequency: fc.constantFrom<Frequency>('hourly', 'daily', 'weekly'),
  utcOffsetMinutes: offsets,
});

/** Instants (epoch ms) from 1900 to 2200, many of them near bounds, year ends and the epoch. */
export const instants = fc.oneof(
  fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2200, 0, 1) }),
  fc
    .tuple(fc.integer({ min: -3_000, max: 30_000 }), fc.integer({ min: -2, max: 2 }))
    .map(([day, wobble]) => day * DAY + wobble),
  fc
    .tuple(fc.integer({ min: 1960, max: 2106 }), fc.integer({ min: -30 * HOUR, max: 30 * HOUR }))
    .map(([year, wobble]) => Date.UTC(year, 0, 1) + wobble),
);

export function hourlyGrid(from: number): Grid {
  return [{ from, cadence: { frequency: 'hourly', utcOffsetMinutes: 0 } }];
}

export function trackOf(changes: Partial<TrackState> & Pick<TrackState, 'from'>): TrackState {
  return {
    id: 'backfill-0',
    purpose: 'backfill',
    axis: 'event',
    grid: hourlyGrid(changes.from),
    frontier: changes.from,
    holes: [],
    rowsDone: 0,
    ...changes,
  };
}

export const SEALED = `v1.0123abcd.${'A'.repeat(40)}`;

export function configOf(changes: Record<string, unknown> = {}): IntegrationConfig {
  return integrationConfigSchema.parse({
    name: 'test',
    destination: {
      kind: 's3',
      provider: 'aws',
      bucket: 'bucket',
      credentials: { kind: 'static', accessKeyId: 'key', secretAccessKey: SEALED },
    },
    ...changes,
  });
}

/** As Temporal does between two runs. */
export function throughJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

/** Bounds as text, which failed tests show readably. */
export function bounds({ start, end }: { start: number; end: number }): string {
  return `${iso(start)} – ${iso(end)}`;
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ensureSinks, offsetOfDaysFrom, type SinkPlaces } from '../../dev/demo/sinks.ts';
import { integrationInputSchema } from '../../shared/config/integration.ts';
import { floorTo, HOUR } from '../../shared/period.ts';
import { createDemoExports } from './demo-exports.ts';

const MINUTE_OF_2026 = fc.integer({ min: Date.UTC(2026, 0, 1) / 60_000, max: Date.UTC(2027, 0, 1) / 60_000 });

function placesAt(posthogPort: number): SinkPlaces {
  return {
    emulators: { posthogUrl: `http://127.0.0.1:${posthogPort}` },
    secrets: { posthogProjectKey: 'phc_of_these_tests', mixpanelToken: '0123456789abcdef0123456789abcdef' },
  };
}

test('days can be made to end at any time of the day, with an offset that the configuration takes', () => {
  fc.assert(
    fc.property(MINUTE_OF_2026, (minute) => {
      const end = minute * 60_000;
      const utcOffsetMinutes = offsetOfDaysFrom(end);
      expect(floorTo({ frequency: 'daily', utcOffsetMinutes }, end)).toBe(end);
      const destination = { kind: 'mixpanel', credentials: { kind: 'project_token', token: '' } } as const;
      expect(integrationInputSchema.safeParse({ name: 'n', utcOffsetMinutes, destination }).error).toBeUndefined();
    }),
  );
});

describe('the integrations to the emulators', () => {
  test('are made with days, the last of which has just ended', async () => {
    const demo = createDemoExports();
    expect(await ensureSinks(demo.exports, placesAt(7239))).toEqual({
      posthog: { created: true },
      mixpanel: { created: true },
    });
    const configs = demo.calls.map(({ verb, id, config }) => ({ verb, id, ...config }));
    expect(configs.map(({ verb, id, frequency }) => `${verb} ${id} ${frequency}`)).toEqual([
      'create posthog daily',
      'create mixpanel daily',
    ]);
    for (const { utcOffsetMinutes = 0 } of configs) {
      const sinceMidnight = Date.now() - floorTo({ frequency: 'daily', utcOffsetMinutes }, Date.now());
      expect(sinceMidnight).toBeLessThan(2 * HOUR);
    }
  });

  test('go on hourly once they have their history, not before, and only once', async () => {
    const demo = createDemoExports();
    await ensureSinks(demo.exports, placesAt(7239));
    await ensureSinks(demo.exports, placesAt(7239));
    expect(demo.calls.filter(({ verb }) => verb === 'update')).toEqual([]);
    demo.show('posthog', { caughtUp: true });
    for (const _ of [1, 2]) await ensureSinks(demo.exports, placesAt(7239));
    const updates = demo.calls.filter(({ verb }) => verb === 'update');
    expect(updates.map(({ id, config, history }) => ({ id, frequency: config.frequency, history }))).toEqual([
      { id: 'posthog', frequency: 'hourly', history: undefined },
    ]);
  });

  test('are told a changed port with the secret, keep their periods, and deliver nothing again', async () => {
    const demo = createDemoExports();
    await ensureSinks(demo.exports, placesAt(7239));
    demo.show('posthog', { caughtUp: true });
    await ensureSinks(demo.exports, placesAt(7239));
    const made = demo.calls.length;
    expect(await ensureSinks(demo.exports, placesAt(7241))).toEqual({
      posthog: { created: false },
      mixpanel: { created: false },
    });
    const [moved, ...others] = demo.calls.slice(made);
    expect(others).toEqual([]);
    expect(moved).toMatchObject({
      verb: 'update',
      id: 'posthog',
      history: 'continue',
      config: {
        frequency: 'hourly',
        destination: { host: 'http://127.0.0.1:7241', projectApiKey: 'phc_of_these_tests' },
      },
    });
  });
});

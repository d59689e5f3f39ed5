import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openSinkWorld, type SinkWorld } from './sink-world.ts';

/** PostHog and Mixpanel end to end: every row of the table is accepted, or listed with its reason; the vendor has each once. */
let it: SinkWorld;
beforeAll(async () => {
  it = await openSinkWorld();
  await it.startWorker();
});
afterAll(() => it.cleanup());
beforeEach(() => {
  it.posthog.reset();
  it.mixpanel.reset();
});

const HOUR = 3_600_000;

describe.each(['posthog', 'mixpanel'] as const)('%s', (vendor) => {
  test('history and live rows arrive once each, rejected ones are listed', async () => {
    const { emulator, destination } = it.vendors[vendor];
    const project = it.own.project(`${vendor}-all`);
    const now = Date.now();
    const rows = Array.from({ length: 30 }, (_, index) => ({
      id: `row-${index}`,
      start: now - 200 * HOUR + index * HOUR,
    }));
    await project.insert(...rows, { id: 'too-old', start: '1970-03-01T00:00:00Z', at: now - 200 * HOUR });
    await project.insert(
      { id: 'recent', start: now - 2 * HOUR },
      { id: 'ahead', start: now + 100 * HOUR, at: now - 2 * HOUR },
    );
    const running = await project.start({ destination });
    const view = await running.untilExported(now - HOUR);
    const table = await project.newestVersionsOfTable();
    const { rejected, rows: accepted } = view.totals;
    expect(accepted + rejected).toBe(table.length);
    const { entries } = await it.own.exports.integrations.rejected(running);
    expect(entries.map(({ id, reason }) => `${id}: ${reason}`)).toEqual(
      vendor === 'posthog' ? ['ahead: time_in_future'] : ['too-old: time_too_old', 'ahead: time_in_future'],
    );
    const { dropped, changed, warnings, accepted: taken, different } = emulator.counters();
    expect({ dropped, changed, warnings }).toEqual({ dropped: {}, changed: {}, warnings: {} });
    // Every row is the root of its trace, and so two events.
    expect(taken).toBe(different);
    expect(different).toBe(2 * (table.length - rejected));
  });
});

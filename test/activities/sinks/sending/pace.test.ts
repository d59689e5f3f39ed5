import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPace } from '../../../../activities/sinks/pace.ts';
import { createPaceRegistry } from '../../../../activities/sinks/pace-registry.ts';
import { testClock } from './sending-world.ts';

const { signal } = new AbortController();

describe('the pace of a project', () => {
  it('lets no more through than the rates of events and bytes, but for the first burst and the last batch', async () => {
    const batch = fc.record({
      events: fc.integer({ min: 1, max: 2_000 }),
      bytes: fc.integer({ min: 1, max: 10_000_000 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(batch, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 50_000 }),
        fc.integer({ min: 10_000, max: 40_000_000 }),
        async (batches, eventsPerSecond, bytesPerSecond) => {
          const clock = testClock();
          const start = clock.now();
          const pace = createPace({ eventsPerSecond, bytesPerSecond }, clock);
          let events = 0;
          let bytes = 0;
          for (const next of batches) {
            await pace.take(next.events, next.bytes, signal);
            const seconds = (clock.now() - start) / 1_000 + 0.25;
            expect(events).toBeLessThanOrEqual(eventsPerSecond * seconds + 1e-6 * eventsPerSecond);
            expect(bytes).toBeLessThanOrEqual(bytesPerSecond * seconds + 1e-6 * bytesPerSecond);
            events += next.events;
            bytes += next.bytes;
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('reaches its rate', async () => {
    const clock = testClock();
    const start = clock.now();
    const pace = createPace({ eventsPerSecond: 1_000 }, clock);
    for (let i = 0; i < 21; i++) await pace.take(500, 1, signal);
    expect(clock.now() - start).toBeGreaterThan(9_000);
    expect(clock.now() - start).toBeLessThanOrEqual(10_000);
  });

  it('is halved by the vendor, once for all requests that were in flight, down to 50 events a second', async () => {
    const clock = testClock();
    const pace = createPace({ eventsPerSecond: 1_000 }, clock);
    for (let i = 0; i < 10; i++) pace.slowDown();
    expect(pace.eventsPerSecond()).toBe(500);
    for (let i = 0; i < 10; i++) {
      await clock.sleep(1_000, signal);
      pace.slowDown();
    }
    expect(pace.eventsPerSecond()).toBe(50);
  });

  it('keeps a fiftieth of a high rate, so that no batch takes minutes, and is back after ten batches', async () => {
    const clock = testClock();
    const pace = createPace({ eventsPerSecond: 30_000 }, clock);
    for (let i = 0; i < 20; i++) {
      await clock.sleep(1_000, signal);
      pace.slowDown();
    }
    expect(pace.eventsPerSecond()).toBe(600);
    for (let i = 0; i < 10; i++) {
      await clock.sleep(1_000, signal);
      pace.succeeded();
    }
    expect(pace.eventsPerSecond()).toBe(30_000);
  });

  it('never goes below a chosen rate that is under that floor', () => {
    const pace = createPace({ eventsPerSecond: 20 }, testClock());
    pace.slowDown();
    expect(pace.eventsPerSecond()).toBe(20);
  });

  it('sends at the lower rate after that', async () => {
    const clock = testClock();
    const pace = createPace({ eventsPerSecond: 1_000 }, clock);
    pace.slowDown();
    const start = clock.now();
    for (let i = 0; i < 11; i++) await pace.take(500, 1, signal);
    expect(clock.now() - start).toBe(10_000);
  });

  it('rises by a tenth of the full rate a second while the vendor takes what is sent, up to the full rate', async () => {
    const clock = testClock();
    const pace = createPace({ eventsPerSecond: 1_000 }, clock);
    pace.slowDown();
    pace.succeeded();
    expect(pace.eventsPerSecond()).toBe(500);
    await clock.sleep(1_000, signal);
    pace.succeeded();
    pace.succeeded();
    expect(pace.eventsPerSecond()).toBeCloseTo(600);
    for (let i = 0; i < 20; i++) {
      await clock.sleep(1_000, signal);
      pace.succeeded();
    }
    expect(pace.eventsPerSecond()).toBe(1_000);
  });

  it('takes no clock that is set back for a rest', async () => {
    const clock = testClock();
    let offset = 0;
    const pace = createPace({ eventsPerSecond: 100 }, { ...clock, now: () => clock.now() + offset });
    await pace.take(100, 1, signal);
    offset = -60_000;
    await pace.take(100, 1, signal);
    expect(clock.pauses.reduce((sum, pause) => sum + pause, 0)).toBeLessThanOrEqual(1_000);
  });

  it('lets batches go in the order in which they came', async () => {
    const clock = testClock();
    const pace = createPace({ eventsPerSecond: 100 }, clock);
    const order: number[] = [];
    await Promise.all(
      [0, 1, 2, 3].map(async (n) => {
        await pace.take(100, 1, signal);
        order.push(n);
      }),
    );
    expect(order).toEqual([0, 1, 2, 3]);
  });

  it("ends a wait with the signal's reason, and lets those behind it go on", async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const sleeping = Promise.withResolvers<void>();
    let time = 0;
    const pace = createPace(
      { eventsPerSecond: 100 },
      {
        now: () => time,
        async sleep(milliseconds, sleeper) {
          sleeping.resolve();
          if (sleeper === abort.signal)
            await new Promise((_, reject) => sleeper.addEventListener('abort', () => reject(sleeper.reason)));
          time += milliseconds;
        },
      },
    );
    await pace.take(200, 1, signal);
    const first = pace.take(1, 1, abort.signal);
    const second = pace.take(1, 1, signal);
    await sleeping.promise;
    abort.abort(reason);
    await expect(first).rejects.toBe(reason);
    await second;
    expect(time).toBeGreaterThan(0);
  });

  it('ends a wait for those before it as well', async () => {
    const pace = createPace({ eventsPerSecond: 1 }, { now: () => 0, sleep: () => new Promise(() => undefined) });
    await pace.take(100, 1, signal);
    void pace.take(1, 1, signal);
    const abort = new AbortController();
    const behind = pace.take(1, 1, abort.signal);
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(behind).rejects.toBe(reason);
  });
});

describe('the registry of paces', () => {
  const limits = { eventsPerSecond: 100 };

  it('has one pace for a project, whoever asks', () => {
    const registry = createPaceRegistry(testClock());
    expect(registry.paceOf(['posthog', 'a'], limits)).toBe(registry.paceOf(['posthog', 'a'], limits));
    expect(registry.paceOf(['posthog', 'a'], limits)).not.toBe(registry.paceOf(['posthog', 'b'], limits));
    expect(registry.paceOf(['a', 'bc'], limits)).not.toBe(registry.paceOf(['ab', 'c'], limits));
  });

  it('holds the limits of the latest caller, and what the vendor has said', () => {
    const registry = createPaceRegistry(testClock());
    const pace = registry.paceOf(['a'], limits);
    pace.slowDown();
    registry.paceOf(['a'], { eventsPerSecond: 1_000 });
    expect(pace.eventsPerSecond()).toBe(500);
  });

  it('forgets paces that nobody has used for an hour, but none in use', async () => {
    const clock = testClock();
    const registry = createPaceRegistry(clock);
    const idle = registry.paceOf(['idle'], limits);
    const used = registry.paceOf(['used'], limits);
    for (let minutes = 0; minutes < 70; minutes += 10) {
      await clock.sleep(10 * 60_000, signal);
      await used.take(1, 1, signal);
    }
    registry.paceOf(['another'], limits);
    expect(registry.paceOf(['used'], limits)).toBe(used);
    expect(registry.paceOf(['idle'], limits)).not.toBe(idle);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExportError } from '../../../../activities/export-error.ts';
import { retryAfterMs } from '../../../../activities/retry-after.ts';
import {
  type BackOffOptions,
  MIXPANEL_BACK_OFF,
  POSTHOG_BACK_OFF,
  pauseMs,
  untilDecided,
} from '../../../../activities/sinks/back-off.ts';
import { systemClock } from '../../../../activities/sinks/pauses.ts';
import type { Verdict } from '../../../../activities/sinks/verdict.ts';
import { catchExportError } from '../../../destinations/export-errors.ts';
import { calm, testClock } from './sending-world.ts';

const DELIVERED: Verdict = { kind: 'delivered', refused: [] };
const nothing = async () => undefined;

function busy(status: number, retryAfter?: number): Verdict {
  const error = new ExportError('DestinationBusy', 'busy', 'wait', { retryAfterMs: retryAfter });
  return { kind: 'again', status, error };
}

function options(change: Partial<BackOffOptions> = {}) {
  const clock = testClock();
  return { clock, all: { rules: POSTHOG_BACK_OFF, clock, ...calm(), ...change } };
}

/** Answers one after the other; the last one for ever. */
function answering(...verdicts: Verdict[]) {
  let asked = 0;
  return {
    asked: () => asked,
    request: async () => {
      const verdict = verdicts[Math.min(asked++, verdicts.length - 1)];
      if (verdict === undefined) throw new Error('no verdicts');
      return verdict;
    },
  };
}

describe('pauses between requests', () => {
  it('double from one second to one minute with PostHog', () => {
    const pauses = [0, 1, 2, 5, 6, 7, 2_000].map((failures) => pauseMs(POSTHOG_BACK_OFF, failures, undefined));
    expect(pauses).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('double from two seconds to one minute with Mixpanel, and one to five seconds more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), (failures) => {
        const doubled = Math.min(60_000, 2_000 * 2 ** failures);
        const pause = pauseMs(MIXPANEL_BACK_OFF, failures, undefined);
        expect(pause).toBeGreaterThanOrEqual(doubled + 1_000);
        expect(pause).toBeLessThanOrEqual(doubled + 5_000);
      }),
    );
  });

  it("follow the vendor's wish with PostHog, not with Mixpanel", () => {
    expect(pauseMs(POSTHOG_BACK_OFF, 3, 90_000)).toBe(90_000);
    expect(pauseMs(MIXPANEL_BACK_OFF, 0, 90_000)).toBeLessThanOrEqual(7_000);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-03-01T12:00:00Z');

  it.each([
    ['120', 120_000],
    [' 5 ', 5_000],
    ['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
    ['999999', 3_600_000],
    ['Mon, 01 Mar 2027 12:00:00 GMT', 3_600_000],
  ])('%s is understood', (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });

  it.each([undefined, '', '0', '-5', 'soon', '1e3x', 'Sun, 01 Mar 2026 11:59:59 GMT'])('%s is no wish', (header) => {
    expect(retryAfterMs(header, now)).toBeUndefined();
  });
});

describe('a request that the vendor has no time for', () => {
  it('is sent again until there is a decision, and tells of each pause', async () => {
    const waits: unknown[] = [];
    const { clock, all } = options({ onWait: (wait) => waits.push(wait) });
    const script = answering(busy(503), busy(429, 20_000), DELIVERED);
    await expect(untilDecided(script.request, nothing, all)).resolves.toBe(DELIVERED);
    expect(clock.pauses).toEqual([1_000, 20_000]);
    expect(waits).toEqual([
      { milliseconds: 1_000, status: 503 },
      { milliseconds: 20_000, status: 429 },
    ]);
  });

  it('is given up after five minutes as DestinationBusy', async () => {
    const { clock, all } = options();
    const script = answering(busy(503));
    const error = await catchExportError(untilDecided(script.request, nothing, all));
    expect(error.type).toBe('DestinationBusy');
    const total = clock.pauses.reduce((sum, pause) => sum + pause, 0);
    expect(total).toBeGreaterThan(4 * 60_000);
    expect(total).toBeLessThanOrEqual(5 * 60_000);
  });

  it('is given up at once when the vendor asks for more than is left, and passes its wish on', async () => {
    const { clock, all } = options();
    const script = answering(busy(429, 3_600_000));
    const error = await catchExportError(untilDecided(script.request, nothing, all));
    expect(error).toMatchObject({ type: 'DestinationBusy', retryAfterMs: 3_600_000 });
    expect(clock.pauses).toEqual([]);
    expect(script.asked()).toBe(1);
  });

  it('does not lose patience while it waits for its own pace', async () => {
    const { clock, all } = options({ patienceMs: 10_000 });
    const script = answering(busy(503), busy(503), DELIVERED);
    const slowPace = () => clock.sleep(60_000, all.signal);
    await expect(untilDecided(script.request, slowPace, all)).resolves.toBe(DELIVERED);
  });

  it('counts the time that requests take', async () => {
    const { clock, all } = options({ patienceMs: 10_000 });
    let asked = 0;
    const slow = async () => {
      asked += 1;
      await clock.sleep(6_000, all.signal);
      return busy(504);
    };
    await catchExportError(untilDecided(slow, nothing, all));
    expect(asked).toBe(2);
  });

  it("ends with the signal's reason in the middle of a pause", async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const { all } = options({ signal: abort.signal, onWait: () => setImmediate(() => abort.abort(reason)) });
    const script = answering(busy(429, 100_000));
    const decided = untilDecided(script.request, nothing, { ...all, clock: systemClock });
    await expect(decided).rejects.toBe(reason);
    expect(script.asked()).toBe(1);
  });
});

import { describe, expect, test } from 'vitest';
import { type Outcome, problemsOf, resultOf } from '../../dev/demo/summary.ts';

const delivery = {
  ...{ rows: 90, rejected: 10, events: 100, dropped: {} },
  ...{ sourceRows: 100, sourceRoots: 10, fromStart: true },
};
const outcome: Outcome = {
  ...{ sourceRows: 100, rows: 100, periods: 3, files: 2, bytes: 1_234, seconds: 12.345, sinkSeconds: 23.456 },
  sinks: { posthog: delivery, mixpanel: { ...delivery, rows: 100, rejected: 0, events: 110 } },
};

describe('the outcome of npm start', () => {
  test('has no problems when files and both vendors have every row of the source', () => {
    expect(problemsOf(outcome)).toEqual([]);
  });

  test('names every destination where something is missing, and no other', () => {
    const { posthog, mixpanel } = outcome.sinks;
    expect(problemsOf({ ...outcome, rows: 99 })).toEqual(['S3: the files hold 99 rows, the source 100.']);
    expect(problemsOf({ ...outcome, sinks: { posthog, mixpanel: { ...mixpanel, rows: 99 } } })).toEqual([
      'Mixpanel: 99 rows were accepted and 0 rejected, the source has 100.',
    ]);
    const both = { posthog: { ...posthog, events: 10 }, mixpanel: { ...mixpanel, dropped: { key_unknown: 4 } } };
    expect(problemsOf({ ...outcome, sinks: both })).toEqual([
      'PostHog: the emulator has 10 events, but 90 accepted rows make 90 to 100.',
      'Mixpanel: the emulator has dropped events that it seemed to accept (4 key_unknown).',
    ]);
  });

  test('is a JSON object with the figures of the files and one of each vendor', () => {
    expect(resultOf(outcome)).toEqual({
      ...{ sourceRows: 100, rows: 100, periods: 3, files: 2, bytes: 1_234, seconds: 12.3 },
      posthog: { rows: 90, rejected: 10, events: 100 },
      mixpanel: { rows: 100, rejected: 0, events: 110 },
    });
  });
});

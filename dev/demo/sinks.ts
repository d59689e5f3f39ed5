/** The integrations to the emulators of PostHog and Mixpanel. */
import type { IntegrationInput } from '../../client/index.ts';
import { DAY, HOUR, MINUTE } from '../../shared/period.ts';
import type { Stack } from '../stack/stack.ts';
import { type DemoExports, ensure, switchToHourly } from './integration.ts';
import { lastClosedHour } from './sample.ts';

export const DEMO_SINKS = ['posthog', 'mixpanel'] as const;
/** Also the integration's id. */
export type DemoSink = (typeof DEMO_SINKS)[number];

export const SINK_NAMES: Readonly<Record<DemoSink, string>> = { posthog: 'PostHog', mixpanel: 'Mixpanel' };

/** Where the emulators are, and what they take. */
export interface SinkPlaces {
  readonly emulators: Pick<Stack['emulators'], 'posthogUrl'>;
  readonly secrets: Pick<Stack['secrets'], 'posthogProjectKey' | 'mixpanelToken'>;
}

/** The vendors' paces are for their clouds; the emulators are on this machine. */
const EVENTS_PER_SECOND = 1_000_000;

/**
 * One integration to each, full history; those that are there already go on. The history goes out in days, because what costs time on
 * this machine is the number of periods (20,000 rows took eight times as long in hours). Those that have theirs go on hourly.
 * @returns which were made now: their emulators have seen everything that they deliver
 */
export async function ensureSinks(
  exports: DemoExports,
  { emulators, secrets }: SinkPlaces,
): Promise<Record<DemoSink, { created: boolean }>> {
  const destinations: Record<DemoSink, IntegrationInput['destination']> = {
    posthog: {
      kind: 'posthog',
      region: 'custom',
      host: emulators.posthogUrl,
      projectApiKey: secrets.posthogProjectKey,
      eventsPerSecond: EVENTS_PER_SECOND,
    },
    mixpanel: {
      kind: 'mixpanel',
      credentials: { kind: 'project_token', token: secrets.mixpanelToken },
      eventsPerSecond: EVENTS_PER_SECOND,
    },
  };
  const ensureOne = async (sink: DemoSink) => {
    const config: IntegrationInput = {
      name: `Everything to ${SINK_NAMES[sink]}`,
      frequency: 'daily',
      utcOffsetMinutes: offsetOfDaysFrom(lastClosedHour(Date.now())),
      destination: destinations[sink],
      // One place is kept for live periods, so two days of history go out at once.
      tuning: { parallelPeriods: 3 },
    };
    const { created } = await ensure(exports, sink, config);
    if (!created) await switchToHourly(exports, sink, config);
    return { created };
  };
  const [posthog, mixpanel] = await Promise.all([ensureOne('posthog'), ensureOne('mixpanel')]);
  return { posthog, mixpanel };
}

/**
 * The offset from UTC, in minutes, at which days begin at this time of the day: so that the last one ends there, and nothing has to wait
 * for midnight.
 * @param instant epoch ms, a whole minute
 */
export function offsetOfDaysFrom(instant: number): number {
  const minutes = (DAY - (instant % DAY)) / MINUTE;
  // Offsets lie between −12 and 14 hours.
  return minutes > (14 * HOUR) / MINUTE ? minutes - DAY / MINUTE : minutes;
}

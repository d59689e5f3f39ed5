/** PostHog as a destination of events. */
import type { PostHogDestination } from '../../../shared/config/event-sinks.ts';
import { POSTHOG_BACK_OFF } from '../back-off.ts';
import { deliverBatch } from '../deliver-batch.ts';
import type { EventSink } from '../event-sink.ts';
import { createHttpClient } from '../http-request.ts';
import { mapPostHog, type PostHogEvent } from '../mapping/posthog.ts';
import type { Pace } from '../pace.ts';
import type { SinkPlace } from '../sink-failures.ts';
import { clockOf, mappingOptions, openSinkSecret, type SinkOptions } from '../sink-options.ts';
import { probeSink } from '../sink-probe.ts';
import { checkPostHogKey } from './check-key.ts';
import { judgePostHogAnswer } from './posthog-answers.ts';
import { openPostHogBatches, type PostHogBatches } from './posthog-batches.ts';
import { sortOut } from './sendable.ts';

/**
 * A body may have 20 MB, but memory holds it several times while posthog-node writes it. More than 1,000 events gain no speed (measured);
 * six requests of them with answers after 0.3 s are 20,000 events/s.
 */
const LIMITS = { events: 1_000, bytes: 8_000_000 };
const PARALLEL_REQUESTS = 6;

const EVENTS_PER_SECOND = 20_000;
/** "A few thousand events a second": PostHog's advice for historical migrations. */
const HISTORICAL_EVENTS_PER_SECOND = 5_000;

/** @throws ExportError ConfigInvalid when the key is missing or cannot be opened. Nothing is sent before the first operation. */
export function openPostHogSink(destination: PostHogDestination, options: SinkOptions): EventSink<PostHogEvent> {
  const apiKey = openSinkSecret(destination.projectApiKey, 'project API key', options);
  const origin = originOf(destination);
  const place: SinkPlace = { vendor: 'PostHog', host: origin.host };
  const { policy, patienceMs } = options;
  const clock = clockOf(options);
  const http = createHttpClient(policy, { timeoutMs: options.timeoutMs });
  const pacesOf = paces(destination, [origin.origin, apiKey], options);
  const idle: Record<'live' | 'historical', PostHogBatches[]> = { live: [], historical: [] };

  return {
    limits: LIMITS,
    parallelRequests: PARALLEL_REQUESTS,
    map: (row, now) => mapPostHog(row, mappingOptions(destination, options, now)),
    async send(batch, sendOptions) {
      sendOptions.signal.throwIfAborted();
      const { events, positions, refused } = sortOut(batch);
      const historical = events[0]?.batchKey.startsWith('historical/') ?? false;
      const clients = idle[historical ? 'historical' : 'live'];
      const refusedByPostHog = await deliverBatch(
        events,
        {
          place,
          paces: pacesOf(historical),
          backOff: POSTHOG_BACK_OFF,
          clock,
          patienceMs,
          async ask(part, signal) {
            const client = clients.pop() ?? openPostHogBatches({ origin: origin.origin, apiKey, historical, http });
            const answer = await client.send(part, signal);
            // Only here: what becomes of a client's queue after anything else is not ours to know.
            clients.push(client);
            return answer;
          },
          judge: (answer) => judgePostHogAnswer(answer, place, clock.now()),
        },
        sendOptions,
      );
      const inBatch = refusedByPostHog.map((event) => ({ ...event, index: positions[event.index] ?? event.index }));
      return [...refused, ...inBatch].sort((a, b) => a.index - b.index);
    },
    confirm: (signal) => checkPostHogKey({ origin, apiKey, place, http, signal }),
    test: () =>
      probeSink({
        place,
        origin,
        policy,
        http,
        checkKey: (signal) => checkPostHogKey({ origin, apiKey, place, http, signal }),
      }),
    close: () => http.close(),
  };
}

function originOf({ region, host }: PostHogDestination): URL {
  return new URL(region === 'custom' && host !== undefined ? host : `https://${region}.i.posthog.com`);
}

/** A rate that somebody has chosen holds for live and historical events alike. */
function paces(
  { eventsPerSecond }: PostHogDestination,
  project: readonly string[],
  { paces: registry }: SinkOptions,
): (historical: boolean) => readonly Pace[] {
  const all = registry.paceOf(['posthog', ...project], { eventsPerSecond: eventsPerSecond ?? EVENTS_PER_SECOND });
  if (eventsPerSecond !== undefined) return () => [all];
  const old = registry.paceOf(['posthog-historical', ...project], { eventsPerSecond: HISTORICAL_EVENTS_PER_SECOND });
  return (historical) => (historical ? [old, all] : [all]);
}

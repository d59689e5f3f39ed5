/** Mixpanel as a destination of events. Its own library for Node sends 50 events a request and ignores what was refused. */
import type { MixpanelDestination } from '../../../shared/config/event-sinks.ts';
import { hostOf } from '../../destinations/network-guard.ts';
import type { NetworkPolicy } from '../../destinations/policy.ts';
import { MIXPANEL_BACK_OFF } from '../back-off.ts';
import { deliverBatch } from '../deliver-batch.ts';
import type { EventSink } from '../event-sink.ts';
import { createHttpClient } from '../http-request.ts';
import { type MixpanelEvent, mapMixpanel } from '../mapping/mixpanel.ts';
import type { SinkPlace } from '../sink-failures.ts';
import { clockOf, mappingOptions, openSinkSecret, type SinkOptions } from '../sink-options.ts';
import { probeSink } from '../sink-probe.ts';
import { checkMixpanelKey } from './check-key.ts';
import { judgeMixpanelAnswer } from './mixpanel-answers.ts';

/** Mixpanel takes 2,000 events and 10 MB. */
const LIMITS = { events: 2_000, bytes: 9_500_000 };
/** Its advice is 10 to 20. */
const PARALLEL_REQUESTS = 10;
/** What it takes of a project: 30,000 events a second or 2 GB a minute. */
const EVENTS_PER_SECOND = 30_000;
const BYTES_PER_SECOND = 2_000_000_000 / 60;

const ORIGINS = {
  us: 'https://api.mixpanel.com',
  eu: 'https://api-eu.mixpanel.com',
  in: 'https://api-in.mixpanel.com',
} as const;

/** @throws ExportError ConfigInvalid when the secret is missing or cannot be opened. Nothing is sent before the first operation. */
export function openMixpanelSink(destination: MixpanelDestination, options: SinkOptions): EventSink<MixpanelEvent> {
  const { authorization, projectId } = openCredentials(destination.credentials, options);
  const origin = new URL(options.mixpanelUrl ?? ORIGINS[destination.region]);
  const place: SinkPlace = { vendor: 'Mixpanel', host: origin.host };
  const url = new URL('/import', origin);
  url.searchParams.set('strict', '1');
  if (projectId !== undefined) url.searchParams.set('project_id', projectId);

  const policy = options.mixpanelUrl === undefined ? options.policy : trusting(origin, options.policy);
  const http = createHttpClient(policy, { timeoutMs: options.timeoutMs });
  const clock = clockOf(options);
  const pace = options.paces.paceOf(['mixpanel', origin.origin, authorization, projectId ?? ''], {
    eventsPerSecond: destination.eventsPerSecond ?? EVENTS_PER_SECOND,
    bytesPerSecond: BYTES_PER_SECOND,
  });
  const importJson = (bytes: Buffer, signal: AbortSignal) =>
    http.ask({ method: 'POST', url, headers: { authorization }, bytes, gzip: true, signal });

  return {
    limits: LIMITS,
    parallelRequests: PARALLEL_REQUESTS,
    map: (row, now) => mapMixpanel(row, mappingOptions(destination, options, now)),
    async send(events, sendOptions) {
      sendOptions.signal.throwIfAborted();
      return deliverBatch(
        events,
        {
          place,
          paces: [pace],
          backOff: MIXPANEL_BACK_OFF,
          clock,
          patienceMs: options.patienceMs,
          ask: (batch, signal) => importJson(listOf(batch), signal),
          judge: (answer, batch) =>
            judgeMixpanelAnswer(answer, batch, {
              place,
              now: clock.now(),
              onMiscount: (facts) =>
                options.warn?.("The counts in Mixpanel's answer do not add up, sending the events again", facts),
            }),
        },
        sendOptions,
      );
    },
    // Every import was answered under the credentials that it came with.
    confirm: async () => undefined,
    test: () =>
      probeSink({
        place,
        origin,
        policy,
        http,
        checkKey: async (signal) => checkMixpanelKey((body) => importJson(Buffer.from(body), signal), place),
      }),
    close: () => http.close(),
  };
}

/** The events as a JSON array. Bytes, because texts of this size are twice in memory when they are joined, and stay there for long. */
function listOf(batch: readonly MixpanelEvent[]): Buffer {
  // With each event is counted the character before it; behind the last one comes the bracket.
  const bytes = Buffer.allocUnsafe(batch.reduce((sum, event) => sum + event.bytes, 1));
  let end = 0;
  for (const { json } of batch) {
    end += bytes.write(end === 0 ? '[' : ',', end, 'latin1');
    end += bytes.write(json, end);
  }
  end += bytes.write(']', end, 'latin1');
  return bytes.subarray(0, end);
}

/** A project token stands in the place of the user's name, with no password. */
function openCredentials(credentials: MixpanelDestination['credentials'], options: SinkOptions) {
  switch (credentials.kind) {
    case 'project_token':
      return { authorization: basic(openSinkSecret(credentials.token, 'project token', options), '') };
    case 'service_account': {
      const secret = openSinkSecret(credentials.secret, 'secret of the service account', options);
      return { authorization: basic(credentials.username, secret), projectId: credentials.projectId };
    }
  }
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** The operator's own address for Mixpanel may be private and without TLS, whatever other people may enter. */
function trusting(origin: URL, policy: NetworkPolicy): NetworkPolicy {
  return {
    ...policy,
    allowHttp: policy.allowHttp || origin.protocol === 'http:',
    allowedHosts: [...policy.allowedHosts, hostOf(origin)],
  };
}

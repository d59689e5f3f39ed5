/**
 * posthog-node as a way to send one batch and learn what became of it.
 *
 * By itself it loses events without a word: its queue drops the oldest one when full, a failed request has already left the queue (but
 * stays in it after a fault of the network, and would go out twice), a 413 makes later batches smaller for ever, errors of background
 * flushes are only logged. So nothing is left to it: the queue is larger than any batch, it has no timer and no retries of its own, and
 * its requests go through our `fetch`, which keeps the true outcome and tells posthog-node only "taken" or "refused for good", after
 * which its queue is empty in either case. What it says that it has sent is compared with what it was given.
 */
import { type EventMessage, PostHog } from 'posthog-node';
import { z } from 'zod';
import { ExportError } from '../../export-error.ts';
import type { HttpAnswer, HttpClient } from '../http-request.ts';
import type { PostHogEvent } from '../mapping/posthog.ts';

export interface PostHogBatches {
  /**
   * One request with exactly these events; batches of a client go one after the other. After a rejection the client is not to be used again.
   * @throws what `HttpClient.ask` throws; ExportError when posthog-node did anything but send these events in one request
   */
  send(events: readonly PostHogEvent[], signal: AbortSignal): Promise<HttpAnswer>;
}

export interface PostHogTarget {
  /** Scheme, host and port. */
  origin: string;
  apiKey: string;
  /** Events older than two days: PostHog reads them apart from live ones. */
  historical: boolean;
  http: HttpClient;
}

/** Far above `limits.events`; posthog-node flushes by itself, and drops events, at this number. */
const QUEUE_SIZE = 1_000_000;
/** The longest that a timer of Node takes, 24 days: our own time limits end a request long before. */
const NEVER_MS = 2 ** 31 - 1;

export function openPostHogBatches({ origin, apiKey, historical, http }: PostHogTarget): PostHogBatches {
  let exchange: Exchange | undefined;
  const client = new PostHog(apiKey, {
    host: origin,
    flushAt: QUEUE_SIZE,
    maxQueueSize: QUEUE_SIZE,
    maxBatchSize: QUEUE_SIZE,
    flushInterval: NEVER_MS,
    requestTimeout: NEVER_MS,
    fetchRetryCount: 0,
    historicalMigration: historical,
    disableGeoip: true,
    // Compressed by ours, at level 1.
    disableCompression: true,
    async fetch(url, { body }) {
      const status = await answerFor(exchange, new URL(url), body, http);
      return { status, text: async () => '', json: async () => ({}) };
    },
  });
  // Without a listener nothing happens either; the outcome is in the exchange.
  client.on('error', () => undefined);
  client.on('flush', (messages: unknown) => {
    if (exchange !== undefined) exchange.flushed = messages;
  });

  return {
    async send(events, signal) {
      const current: Exchange = { signal, requests: 0, outcome: undefined, flushed: undefined };
      exchange = current;
      for (const event of events) client.capture(messageOf(event));
      await client.flush().catch(() => undefined);
      exchange = undefined;
      return outcomeOf(current, events);
    },
  };
}

interface Exchange {
  signal: AbortSignal;
  requests: number;
  outcome: { answer: HttpAnswer } | { error: unknown } | undefined;
  /** The messages that posthog-node says were sent. */
  flushed: unknown;
}

/** Statuses told to posthog-node; after both of them the batch has left its queue. */
const TAKEN = 200;
const REFUSED_FOR_GOOD = 400;

/** Sends what posthog-node wants to send, if it is what it should be. Resolves with the status that posthog-node is told. */
async function answerFor(exchange: Exchange | undefined, url: URL, body: unknown, http: HttpClient): Promise<number> {
  if (exchange === undefined) return REFUSED_FOR_GOOD;
  exchange.requests += 1;
  try {
    if (url.pathname !== '/batch/' || typeof body !== 'string') throw otherProtocol();
    if (exchange.requests > 1) throw notOneRequest();
    const answer = await http.ask({ method: 'POST', url, body, gzip: true, signal: exchange.signal });
    exchange.outcome = { answer };
    return answer.status >= 200 && answer.status <= 299 ? TAKEN : REFUSED_FOR_GOOD;
  } catch (error) {
    exchange.outcome = { error };
    return REFUSED_FOR_GOOD;
  }
}

function messageOf({ event, distinctId, uuid, timestamp, properties }: PostHogEvent): EventMessage {
  return {
    event,
    distinctId,
    uuid,
    timestamp: new Date(timestamp),
    // PostHog moves times by the difference between its clock and `sent_at`, which is another one at each retry. Ours are right as they are.
    properties: { ...properties, $ignore_sent_at: true },
  };
}

const flushedMessages = z.array(z.object({ uuid: z.string(), event: z.string(), distinct_id: z.string() }));

function outcomeOf({ outcome, requests, flushed }: Exchange, events: readonly PostHogEvent[]): HttpAnswer {
  if (outcome === undefined) throw notOneRequest();
  if ('error' in outcome) throw outcome.error;
  const { answer } = outcome;
  if (answer.status < 200 || answer.status > 299) return answer;
  const sent = flushedMessages.safeParse(flushed);
  const same =
    requests === 1 &&
    sent.success &&
    sent.data.length === events.length &&
    events.every(({ uuid, event, distinctId }, index) => {
      const message = sent.data[index];
      return message?.uuid === uuid && message.event === event && message.distinct_id === distinctId;
    });
  if (!same) throw notOneRequest();
  return answer;
}

function otherProtocol(): ExportError {
  return new ExportError(
    'ConfigInvalid',
    'posthog-node uses another protocol than the one that this installation knows',
    'Remove POSTHOG_CAPTURE_MODE from the environment of the worker.',
  );
}

function notOneRequest(): ExportError {
  return new ExportError(
    'Unexpected',
    'posthog-node did not send the events of the batch in one request',
    'It is tried again; PostHog tells events by their ids. If it stays, tell the people who maintain this installation.',
  );
}

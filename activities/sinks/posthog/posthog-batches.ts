/**
 * posthog-node as a way to write one batch; what becomes of it, our own request tells.
 *
 * By itself it loses events without a word: its queue drops the oldest one when full, a failed request has already left the queue (but
 * stays in it after a fault of the network, and would go out twice), a 413 makes later batches smaller for ever, errors of background
 * flushes are only logged. So nothing is left to it: the queue is larger than any batch, it has no timer and no retries of its own, and
 * its request ends in our `fetch`, which keeps the body and says "taken", after which its queue is empty. What it says that it has sent is
 * compared with what it was given, and then the body is sent. So its copies of the events, and the body as text, are gone before the
 * vendor answers.
 */
import { PostHog } from 'posthog-node';
import { ExportError } from '../../export-error.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from '../http-request.ts';
import type { PostHogEvent } from '../mapping/posthog.ts';

export interface PostHogBatches {
  /**
   * One request with exactly these events; batches of a client go one after the other. After a rejection the client is not to be used again.
   * @throws what `HttpClient.ask` throws; ExportError when posthog-node would do anything but send these events in one request
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

/** posthog-node, given events one by one. */
class EventQueue extends PostHog {
  // PostHog moves times by the difference between its clock and `sent_at`, which is another one at each retry. Ours are right as they are.
  readonly #common = { ...this.getCommonEventProperties(), $ignore_sent_at: true };

  /**
   * What `capture` does with an event that is complete, without the five copies and ten promises each by which it looks for feature flags,
   * contexts and sessions: 14 µs an event instead of 25 (measured).
   */
  add({ event, distinctId, uuid, timestamp, properties }: PostHogEvent): void {
    // Not copied: what is added is the same at each retry.
    Object.assign(properties, this.#common);
    this.enqueue('capture', { event, distinctId, properties }, { uuid, timestamp: new Date(timestamp) });
  }
}

export function openPostHogBatches({ origin, apiKey, historical, http }: PostHogTarget): PostHogBatches {
  let writing: Writing | undefined;
  const client = new EventQueue(apiKey, {
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
      writing?.requests.push({ url: new URL(url), body });
      return { status: 200, text: async () => '', json: async () => ({}) };
    },
  });
  // Without a listener nothing happens either; what was written tells.
  client.on('error', () => undefined);
  client.on('flush', (messages: unknown) => {
    if (writing !== undefined) writing.flushed = messages;
  });

  const write = async (events: readonly PostHogEvent[]): Promise<Pick<HttpRequest, 'url' | 'body'>> => {
    const current: Writing = { requests: [], flushed: undefined };
    writing = current;
    for (const event of events) client.add(event);
    await client.flush().catch(() => undefined);
    writing = undefined;
    return requestOf(current, events);
  };

  return {
    async send(events, signal) {
      signal.throwIfAborted();
      return http.ask({ method: 'POST', ...(await write(events)), gzip: true, signal });
    },
  };
}

/** What posthog-node has written of one batch. */
interface Writing {
  requests: { url: URL; body: unknown }[];
  /** The messages that posthog-node says were sent. */
  flushed: unknown;
}

function requestOf({ requests, flushed }: Writing, events: readonly PostHogEvent[]): Pick<HttpRequest, 'url' | 'body'> {
  const [request, ...more] = requests;
  if (request === undefined || more.length > 0) throw notOneRequest();
  const { url, body } = request;
  if (url.pathname !== '/batch/' || typeof body !== 'string') throw otherProtocol();
  const same =
    Array.isArray(flushed) &&
    flushed.length === events.length &&
    events.every((event, index) => isMessageOf(event, flushed[index]));
  if (!same) throw notOneRequest();
  return { url, body };
}

function isMessageOf({ uuid, event, distinctId }: PostHogEvent, message: Readonly<Record<string, unknown>>): boolean {
  return message.uuid === uuid && message.event === event && message.distinct_id === distinctId;
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

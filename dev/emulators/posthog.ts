import { randomUUID } from 'node:crypto';
import {
  type Answer,
  type Emulator,
  type EmulatorOptions,
  startEmulator,
  type Vendor,
  type VendorRequest,
} from './emulator.ts';
import { isMarked } from './faults.ts';
import { isObject, parseJson } from './json-values.ts';
import type { AcceptedEvent, Ledger } from './ledger.ts';
import { createPostHogAdvice } from './posthog-advice.ts';
import { dropReasonOf, MAX_EVENT_BYTES, readEvent, type SentEvent } from './posthog-rules.ts';
import { MS_OF_A_DAY, storedTimeOf } from './posthog-time.ts';

export interface PostHogEmulatorOptions extends EmulatorOptions {
  /** Project API keys. Events with any other key are lost after a 200, as with PostHog itself. */
  readonly keys: readonly string[];
}

/** "< 20 MB", before compression. */
const MAX_BODY_BYTES = 20_000_000 - 1;

/**
 * Starts PostHog's ingestion, with its documented rules: `POST /batch/` and `POST /flags/?v=2`.
 *
 * 400 to the whole batch: `not_json`, `batch_empty`, and one event with `not_an_object`, `event_name_missing`, `distinct_id_missing`,
 * `properties_not_an_object`, `uuid_not_a_text`, `timestamp_not_a_text`. 401: `key_missing`, `key_personal`. 413: `body_too_large`.
 * Lost after a 200 (`dropped`): `key_unknown`, `over_quota`, `uuid_invalid`, `event_name_too_long`, `distinct_id_too_long`, `distinct_id_forbidden`,
 * `event_too_large`, `ai_event_unknown`, `ai_model_missing`, `ai_trace_id_invalid`. `changed`: `uuid_missing` (it gets a new one each
 * time) and those of `StoredTime`. `warnings`: `old_without_historical`, `historical_recent`, `historical_days`, `historical_order`,
 * `historical_fast`, `slow_path`.
 */
export function startPostHogEmulator(options: PostHogEmulatorOptions): Promise<Emulator> {
  return startEmulator(options, (ledger) => createPostHog(options, ledger));
}

function createPostHog({ keys, now = Date.now }: PostHogEmulatorOptions, ledger: Ledger): Vendor {
  const known = new Set(keys);
  const advice = createPostHogAdvice((reason, events) => ledger.count('warnings', reason, events));

  function refuse(status: 400 | 401, reason: string, message: string): Answer {
    ledger.count('refused', reason);
    return refusal(status, message);
  }

  function takeBatch(request: VendorRequest): Answer {
    const body = parseJson(request.text);
    if (!isObject(body) || !Array.isArray(body.batch)) return refuse(400, 'not_json', 'The body holds no batch');
    const { api_key: key, batch, historical_migration: isHistorical, sent_at: sentAt } = body;
    if (typeof key !== 'string' || key === '') return refuse(401, 'key_missing', 'There is no api_key');
    if (key.startsWith('phx_')) return refuse(401, 'key_personal', 'A personal key is no project key');
    if (batch.length === 0) return refuse(400, 'batch_empty', 'The batch is empty');
    const sent: SentEvent[] = [];
    for (const value of batch) {
      const event = readEvent(value);
      if (typeof event === 'string') return refuse(400, event, 'An event of the batch is malformed');
      if (request.refuseOneIn !== undefined && isMarked(event.uuid ?? '', request.refuseOneIn)) {
        return refuse(400, 'fault', 'The emulator was told to find fault with an event of the batch');
      }
      sent.push(event);
    }
    if (request.isOverQuota) {
      ledger.count('dropped', 'over_quota', sent.length);
      return { status: 200, body: { status: 'Ok', quota_limited: ['events'] } };
    }
    if (known.has(key)) accept(sent, request, isHistorical === true, typeof sentAt === 'string' ? sentAt : undefined);
    else ledger.count('dropped', 'key_unknown', sent.length);
    return { status: 200, body: { status: 'Ok' } };
  }

  function accept(sent: SentEvent[], request: VendorRequest, isHistorical: boolean, sentAt: string | undefined): void {
    const time = now();
    const sentAtMs = sentAt === undefined ? Number.NaN : Date.parse(sentAt);
    const mayBeLarge = request.uncompressed > MAX_EVENT_BYTES;
    const taken: AcceptedEvent[] = [];
    for (const event of sent) {
      const reason = dropReasonOf(event, mayBeLarge);
      if (reason === undefined) taken.push(stored(event, Number.isNaN(sentAtMs) ? undefined : sentAtMs, time));
      else ledger.count('dropped', reason);
    }
    // De-duplication looks at (day, event, distinct_id, uuid).
    for (const event of taken) ledger.accept(event, Math.floor(event.time / MS_OF_A_DAY));
    advice.look(taken, isHistorical, time);
  }

  function stored(sent: SentEvent, sentAt: number | undefined, current: number): AcceptedEvent {
    const { event, distinctId, uuid, properties } = sent;
    if (uuid === undefined) ledger.count('changed', 'uuid_missing');
    const { time, changed } = storedTimeOf(sent, sentAt, current);
    if (changed !== undefined) ledger.count('changed', changed);
    return { id: uuid?.toLowerCase() ?? randomUUID(), event, distinctId, time, properties };
  }

  function checkKey(request: VendorRequest): Answer {
    const body = parseJson(request.text);
    const key = isObject(body) ? (body.api_key ?? body.token) : undefined;
    if (typeof key !== 'string' || !known.has(key)) return refuse(401, 'key_unknown', 'The API key is unknown');
    return { status: 200, body: { flags: {}, errorsWhileComputingFlags: false } };
  }

  return {
    maxBodyBytes: MAX_BODY_BYTES,
    kindOf: (path) => (/^\/batch\/?$/.test(path) ? 'events' : /^\/flags\/?$/.test(path) ? 'key-check' : undefined),
    take: (request) => (request.kind === 'events' ? takeBatch(request) : checkKey(request)),
    refusal,
    reset: () => advice.reset(),
  };
}

function refusal(status: number, detail: string): Answer {
  const type = status === 401 ? 'authentication_error' : status < 500 ? 'validation_error' : 'server_error';
  const code = status === 401 ? 'invalid_api_key' : 'invalid_request';
  return { status, body: { type, code, detail, attr: null } };
}

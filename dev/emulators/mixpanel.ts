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
import type { Ledger } from './ledger.ts';
import { type ImportFault, MAX_EVENT_BYTES, readEvent } from './mixpanel-rules.ts';
import { createRollingSum } from './rolling-sum.ts';

export interface ServiceAccount {
  readonly username: string;
  readonly secret: string;
  /** The project that it may write to. */
  readonly projectId: string;
}

export interface MixpanelEmulatorOptions extends EmulatorOptions {
  /** Project tokens. */
  readonly tokens?: readonly string[];
  readonly serviceAccounts?: readonly ServiceAccount[];
  /** How `failed_records` names an event's id; the documentation knows both. Default: `insert_id`. */
  readonly failedRecordId?: 'insert_id' | '$insert_id';
  /** Most events and bytes (before compression) of a rolling minute, beyond which 429 comes; default: Mixpanel's (`MIXPANEL_RATE`). */
  readonly rate?: MixpanelRate;
}

export interface MixpanelRate {
  readonly eventsPerMinute: number;
  readonly bytesPerMinute: number;
}

/** About 30,000 events/s and 2 GB a minute. */
export const MIXPANEL_RATE: MixpanelRate = { eventsPerMinute: 30_000 * 60, bytesPerMinute: 2_000_000_000 };

/** "10 MB", before compression: the smaller of the two meanings. */
const MAX_BODY_BYTES = 10_000_000;
const MAX_EVENTS = 2_000;

/**
 * Starts Mixpanel's ingestion, with its documented rules: `POST /import?strict=1` with a JSON array, by project token, or by service account
 * and `project_id`.
 *
 * Refused as a whole (`refused`): 401 `credentials_unknown`; 402 `over_quota`; 413 `body_too_large`, `too_many_events`; 429 `rate`; 400 `not_json`.
 * Single events: `not_an_object`, `event_name_missing`, `properties_missing`, `time_missing`, `time_too_early`, `time_in_future`,
 * `distinct_id_missing`, `distinct_id_forbidden`, `insert_id_invalid`, `event_too_large`, `too_many_properties`, `too_many_keys`,
 * `array_too_long`, `too_deep`, `fault`: with strict=1 a 400 tells them in `failed_records` (`refused`), without it they are lost
 * after a 200 (`dropped`). `changed`: `text_cut`. `warnings`: `ip_missing` (no `ip: 0`).
 */
export function startMixpanelEmulator(options: MixpanelEmulatorOptions): Promise<Emulator> {
  return startEmulator(options, (ledger) => createMixpanel(options, ledger));
}

function createMixpanel(options: MixpanelEmulatorOptions, ledger: Ledger): Vendor {
  const { now = Date.now, rate = MIXPANEL_RATE, failedRecordId = 'insert_id' } = options;
  const isKnown = createCredentialCheck(options);
  const events = createRollingSum(60);
  const bytes = createRollingSum(60);

  function refuse(status: number, reason: string, message: string): Answer {
    ledger.count('refused', reason);
    return refusal(status, message);
  }

  function take(request: VendorRequest): Answer {
    if (!isKnown(request)) return refuse(401, 'credentials_unknown', 'The credentials are unknown');
    if (request.isOverQuota) return refuse(402, 'over_quota', 'The project has reached the limit of its plan');
    const records = parseJson(request.text);
    if (!Array.isArray(records)) return refuse(400, 'not_json', 'The body is no JSON array');
    if (records.length > MAX_EVENTS) return refuse(413, 'too_many_events', `There are more than ${MAX_EVENTS} events`);
    const time = now();
    if (
      events.sum(time) + records.length > rate.eventsPerMinute ||
      bytes.sum(time) + request.uncompressed > rate.bytesPerMinute
    ) {
      return refuse(429, 'rate', 'The project has reached its rate');
    }
    events.add(records.length, time);
    bytes.add(request.uncompressed, time);
    return importRecords(records, request, time);
  }

  function importRecords(records: unknown[], request: VendorRequest, time: number): Answer {
    const isStrict = request.url.searchParams.get('strict') === '1';
    const mayBeLarge = request.uncompressed > MAX_EVENT_BYTES;
    const failed: Record<string, unknown>[] = [];
    let imported = 0;
    for (const [index, record] of records.entries()) {
      const fault = importRecord(record, request.refuseOneIn, time, mayBeLarge);
      if (fault === undefined) imported++;
      else {
        ledger.count(isStrict ? 'refused' : 'dropped', fault.reason);
        const { field, message } = fault;
        failed.push({ index, [failedRecordId]: insertIdOf(record), field, message: `'${field}' ${message}` });
      }
    }
    if (failed.length === 0 || !isStrict) {
      return { status: 200, body: { code: 200, num_records_imported: imported, status: 'OK' } };
    }
    const error = 'some data points in the request failed validation';
    const numbers = { code: 400, num_records_imported: imported, status: 'Bad Request' };
    return { status: 400, body: { ...numbers, error, failed_records: failed } };
  }

  function importRecord(
    record: unknown,
    refuseOneIn: number | undefined,
    time: number,
    mayBeLarge: boolean,
  ): ImportFault | undefined {
    const event = readEvent(record, time, mayBeLarge);
    if ('reason' in event) return event;
    if (refuseOneIn !== undefined && isMarked(event.insertId, refuseOneIn)) {
      return { reason: 'fault', field: 'properties', message: 'is refused because the emulator was told to' };
    }
    if (event.cuts > 0) ledger.count('changed', 'text_cut', event.cuts);
    if (event.properties.ip !== 0) ledger.count('warnings', 'ip_missing');
    const { insertId: id, cuts: _, ...rest } = event;
    // De-duplication looks at (event, time, distinct_id, $insert_id).
    ledger.accept({ id, ...rest }, event.time);
    return undefined;
  }

  return {
    maxBodyBytes: MAX_BODY_BYTES,
    kindOf: (path) => (/^\/import\/?$/.test(path) ? 'events' : undefined),
    take,
    refusal,
    reset() {
      events.clear();
      bytes.clear();
    },
  };
}

function refusal(code: number, error: string): Answer {
  return { status: code, body: { code, error, status: 'Refused' } };
}

function insertIdOf(record: unknown): unknown {
  const properties = isObject(record) ? record.properties : undefined;
  return isObject(properties) ? properties.$insert_id : undefined;
}

/** With `project_id` the credentials must be those of a service account, without it a project token with an empty password. */
function createCredentialCheck({ tokens = [], serviceAccounts = [] }: MixpanelEmulatorOptions) {
  const known = new Set([
    ...tokens.map((token) => basicAuth(token, '', '')),
    ...serviceAccounts.map(({ username, secret, projectId }) => basicAuth(username, secret, projectId)),
  ]);
  return ({ headers, url }: VendorRequest): boolean => {
    const [scheme, encoded = ''] = headers.authorization?.split(' ') ?? [];
    const credentials = Buffer.from(encoded, 'base64').toString('utf8');
    return scheme === 'Basic' && known.has(`${credentials} ${url.searchParams.get('project_id') ?? ''}`);
  };
}

function basicAuth(username: string, password: string, projectId: string): string {
  return `${username}:${password} ${projectId}`;
}

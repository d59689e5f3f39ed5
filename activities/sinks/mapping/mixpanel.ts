/** Rows as events of Mixpanel. */
import type { Mapped, SinkEvent } from '../event-sink.ts';
import type { SinkRow } from '../sink-row.ts';
import { cleanRecord, mayBeUnclean } from './clean-text.ts';
import { cutToBytes } from './cut-text.ts';
import { mixpanelUser } from './distinct-id.ts';
import { eventId } from './event-id.ts';
import { type LangfuseEvents, langfuseDrafts } from './langfuse-style.ts';
import { cutProperties, type Limits } from './limits.ts';
import { mixpanelAiDrafts } from './mixpanel-ai.ts';
import type { Drafts, MappingOptions, TableOptions } from './options.ts';
import type { Properties } from './properties.ts';
import { identify, type RowIdentity, refuseIdentity } from './row-identity.ts';
import { MIXPANEL_TIMES, timeOf } from './times.ts';

export type MixpanelMapping = MappingOptions;

export interface MixpanelEvent extends SinkEvent {
  /** The event as JSON: the body of a request is a list of these. */
  json: string;
  /** Also in the JSON; 36 characters. */
  insertId: string;
}

const LANGFUSE_EVENTS: LangfuseEvents = {
  generation: '[Langfuse] Generation',
  observation: '[Langfuse] Observation',
  trace: '[Langfuse] Trace',
  score: '[Langfuse] Score',
};

/** All events may stand in one request. */
const BATCH_KEY = 'events';

/** Mixpanel's documents say 255 bytes of a text in one place, 255 characters in another. */
const TEXT_BYTES = 255;

/**
 * With fewer than 80 properties of 255 bytes, and lists and objects of 8 kB ("Max 8KB per event property"), an event stays far below
 * Mixpanel's 1 MB. Together with the properties themselves, the names of the one object, metadata, are below its 255.
 */
const LIMITS: Limits = {
  cutText: (text, characters) => cutToBytes(text, TEXT_BYTES, characters),
  entries: 254,
  names: 150,
  valueBytes: 8_000,
};

/**
 * One event, or two: a root row is also its trace. Name, time, distinct_id and insert id are the same at every call. Texts are cut to 255
 * bytes, which `langfuse_cut_texts` counts; of lists and of the object `langfuse_metadata` what goes beyond the limits is left out, and
 * `<name>_count` says how many entries there were. JSON in texts stays text, so that no event is deeper than 3 levels.
 *
 * Rejected: rows without an id (`id_missing`), or whose time Mixpanel refuses (`time_missing`, `time_too_old`, `time_in_future`).
 */
export function mapMixpanel(source: SinkRow, options: MixpanelMapping): Mapped<MixpanelEvent> {
  const row = identify(source);
  const time = timeOf(row.time, MIXPANEL_TIMES, options.now);
  if (typeof time !== 'number') return { rejected: time };
  const refused = refuseIdentity(row, '$insert_id');
  if (refused !== undefined) return { rejected: refused };

  const drafts = draftsOf(source, options);
  const first = eventAt(0, drafts, row, time, source, options);
  if (drafts.length === 1) return { events: [first] };
  return { events: [first, eventAt(1, drafts, row, time, source, options)] };
}

function draftsOf(source: SinkRow, options: MixpanelMapping): Drafts {
  const table: TableOptions = { ...options, structured: false, cutIo: LIMITS.cutText };
  return options.style === 'ai' ? mixpanelAiDrafts(source, table) : langfuseDrafts(source, LANGFUSE_EVENTS, table);
}

function eventAt(
  index: 0 | 1,
  drafts: Drafts,
  row: RowIdentity,
  time: number,
  source: SinkRow,
  options: MixpanelMapping,
): MixpanelEvent {
  const draft = drafts[index] ?? drafts[0];
  const insertId = eventId(options.projectId, row.traceId, row.spanId, draft.event);
  putSession(draft.properties, row);
  let json = jsonOf(draft.event, draft.properties, insertId, row, time);
  if (mayBeUnclean(json)) {
    // Cleaned before they are cut: clean texts can be longer.
    const again = draftsOf(source, options);
    const { properties } = again[index] ?? again[0];
    putSession(properties, row);
    json = jsonOf(draft.event, cleanRecord(properties), insertId, row, time);
  }
  return { json, insertId, bytes: Buffer.byteLength(json) + 1, batchKey: BATCH_KEY };
}

function putSession(properties: Properties, row: RowIdentity): void {
  const session = row.vendorSessionId || row.sessionId;
  if (session) properties.session_id = session;
}

function jsonOf(event: string, properties: Properties, insertId: string, row: RowIdentity, time: number): string {
  cutProperties(properties, LIMITS);
  properties.time = time;
  const user = mixpanelUser(row.userId);
  // '' is an event without a user, which Mixpanel keeps.
  properties.distinct_id = user ?? '';
  if (user !== undefined) properties.$user_id = user;
  properties.$insert_id = insertId;
  // Else the users would all live where the worker runs.
  properties.ip = 0;
  return JSON.stringify({ event, properties });
}

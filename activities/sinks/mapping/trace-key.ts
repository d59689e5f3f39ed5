/** Trace ids as PostHog's LLM views take them. */
import { idOfText } from './event-id.ts';

const ALLOWED = /^[A-Za-z0-9\-_~.@()!':|]{1,200}$/;
const NOT_ALLOWED = /[^A-Za-z0-9\-_~.@()!':|]/g;

/** Digits of the mark that keeps replaced ids apart: two of them agree once in four thousand million. */
const MARK = 8;

/**
 * `$ai_trace_id`: the id itself where PostHog allows its characters, else with `_` for the others, and a mark made of the whole id, so that
 * ids that differ only there stay apart. Up to 200 characters.
 */
export function postHogTraceId(traceId: string): string {
  if (ALLOWED.test(traceId)) return traceId;
  return `${traceId.slice(0, 190).replace(NOT_ALLOWED, '_')}~${idOfText(traceId).slice(0, MARK)}`;
}

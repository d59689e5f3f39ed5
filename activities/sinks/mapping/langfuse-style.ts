/** Style `langfuse`: events and properties named as Langfuse's own integrations name them. Both vendors have the same, but for the envelope. */
import type { ObservationRow, ScoreRow, SinkRow } from '../sink-row.ts';
import { putObservationContext, putScoreContext, putTraceContext } from './context.ts';
import { ioText } from './io-text.ts';
import type { Draft, Drafts, TableOptions } from './options.ts';
import { hasNames, isNumber, type Properties } from './properties.ts';
import { seconds } from './times.ts';
import { type TraceView, traceOfRoot, traceOfRow } from './trace-view.ts';
import { costsOf, tokensOf } from './usage.ts';

/** How a vendor's events are called. */
export interface LangfuseEvents {
  generation: string;
  observation: string;
  trace: string;
  score: string;
}

const EVENT_VERSION = '1.0.0';

/** Observations and traces: `langfuse_latency` and `langfuse_time_to_first_token` are seconds, `langfuse_cost_usd` US dollars, units tokens. */
export function langfuseDrafts(source: SinkRow, events: LangfuseEvents, options: TableOptions): Drafts {
  switch (source.source) {
    case 'events':
    case 'observations': {
      const observation = ofObservation(source.row, events, options);
      return source.row.is_root_observation
        ? [observation, ofTrace(traceOfRoot(source.row), events, options)]
        : [observation];
    }
    case 'traces':
      return [ofTrace(traceOfRow(source.row), events, options)];
    case 'scores':
      return [ofScore(source.row, events, options)];
  }
}

function ofObservation(row: ObservationRow, events: LangfuseEvents, options: TableOptions): Draft {
  const properties: Properties = {};
  const tokens = tokensOf(row);
  properties.langfuse_id = row.id;
  if (row.name) properties.langfuse_observation_name = row.name;
  if (row.parent_observation_id) properties.langfuse_parent_observation_id = row.parent_observation_id;
  if (row.trace_id) properties.langfuse_trace_id = row.trace_id;
  if (row.session_id) properties.langfuse_session_id = row.session_id;
  if (row.provided_model_name) properties.langfuse_model = row.provided_model_name;
  if (row.model_parameters) properties.langfuse_model_parameters = row.model_parameters;
  const cost = costsOf(row).total;
  if (isNumber(cost)) properties.langfuse_cost_usd = cost;
  if (isNumber(tokens.input)) properties.langfuse_input_units = tokens.input;
  if (isNumber(tokens.output)) properties.langfuse_output_units = tokens.output;
  if (isNumber(tokens.total)) properties.langfuse_total_units = tokens.total;
  const latency = seconds(row.latency_ms);
  if (isNumber(latency)) properties.langfuse_latency = latency;
  const timeToFirstToken = seconds(row.time_to_first_token_ms);
  if (isNumber(timeToFirstToken)) properties.langfuse_time_to_first_token = timeToFirstToken;
  if (hasNames(row.tool_definitions)) properties.langfuse_tool_names = Object.keys(row.tool_definitions);
  putIo(properties, row.input, row.input_length, row.output, row.output_length, options);
  putObservationContext(properties, row, options);
  properties.langfuse_event_version = EVENT_VERSION;
  return { event: row.type === 'GENERATION' ? events.generation : events.observation, properties };
}

function ofTrace(trace: TraceView, events: LangfuseEvents, options: TableOptions): Draft {
  const properties: Properties = {};
  properties.langfuse_id = trace.traceId;
  properties.langfuse_trace_id = trace.traceId;
  if (trace.name) properties.langfuse_trace_name = trace.name;
  if (trace.sessionId) properties.langfuse_session_id = trace.sessionId;
  const latency = seconds(trace.latencyMs);
  if (isNumber(latency)) properties.langfuse_latency = latency;
  putIo(properties, trace.input, trace.inputLength, trace.output, trace.outputLength, options);
  putTraceContext(properties, trace, options);
  properties.langfuse_event_version = EVENT_VERSION;
  return { event: events.trace, properties };
}

function ofScore(row: ScoreRow, events: LangfuseEvents, options: TableOptions): Draft {
  const properties: Properties = {};
  properties.langfuse_id = row.id;
  if (row.name) properties.langfuse_score_name = row.name;
  if (row.trace_id) properties.langfuse_trace_id = row.trace_id;
  if (row.session_id) properties.langfuse_session_id = row.session_id;
  putScoreContext(properties, row, options);
  properties.langfuse_event_version = EVENT_VERSION;
  return { event: events.score, properties };
}

function putIo(
  properties: Properties,
  input: string | null | undefined,
  inputLength: number | undefined,
  output: string | null | undefined,
  outputLength: number | undefined,
  options: TableOptions,
): void {
  const inputText = ioText(properties, input, inputLength, options)?.text;
  if (inputText) properties.langfuse_input = inputText;
  const outputText = ioText(properties, output, outputLength, options)?.text;
  if (outputText) properties.langfuse_output = outputText;
}

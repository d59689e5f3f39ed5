/** Style `langfuse`: events and properties named as Langfuse's own integrations name them. Both vendors have the same, but for the envelope. */
import type { ObservationRow, ScoreRow, SinkRow } from '../sink-row.ts';
import { putObservationContext, putScoreContext, putTraceContext } from './context.ts';
import { ioText } from './io-text.ts';
import type { Draft, Drafts, TableOptions } from './options.ts';
import { type Properties, putNumber, putText, putTexts } from './properties.ts';
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
  putText(properties, 'langfuse_id', row.id);
  putText(properties, 'langfuse_observation_name', row.name);
  putText(properties, 'langfuse_parent_observation_id', row.parent_observation_id);
  putText(properties, 'langfuse_trace_id', row.trace_id);
  putText(properties, 'langfuse_session_id', row.session_id);
  putText(properties, 'langfuse_model', row.provided_model_name);
  putText(properties, 'langfuse_model_parameters', row.model_parameters);
  putNumber(properties, 'langfuse_cost_usd', costsOf(row).total);
  putNumber(properties, 'langfuse_input_units', tokens.input);
  putNumber(properties, 'langfuse_output_units', tokens.output);
  putNumber(properties, 'langfuse_total_units', tokens.total);
  putNumber(properties, 'langfuse_latency', seconds(row.latency_ms));
  putNumber(properties, 'langfuse_time_to_first_token', seconds(row.time_to_first_token_ms));
  if (row.tool_definitions !== undefined) {
    putTexts(properties, 'langfuse_tool_names', Object.keys(row.tool_definitions));
  }
  putIo(properties, row.input, row.input_length, row.output, row.output_length, options);
  putObservationContext(properties, row, options);
  properties.langfuse_event_version = EVENT_VERSION;
  return { event: row.type === 'GENERATION' ? events.generation : events.observation, properties };
}

function ofTrace(trace: TraceView, events: LangfuseEvents, options: TableOptions): Draft {
  const properties: Properties = {};
  putText(properties, 'langfuse_id', trace.traceId);
  putText(properties, 'langfuse_trace_id', trace.traceId);
  putText(properties, 'langfuse_trace_name', trace.name);
  putText(properties, 'langfuse_session_id', trace.sessionId);
  putNumber(properties, 'langfuse_latency', seconds(trace.latencyMs));
  putIo(properties, trace.input, trace.inputLength, trace.output, trace.outputLength, options);
  putTraceContext(properties, trace, options);
  properties.langfuse_event_version = EVENT_VERSION;
  return { event: events.trace, properties };
}

function ofScore(row: ScoreRow, events: LangfuseEvents, options: TableOptions): Draft {
  const properties: Properties = {};
  putText(properties, 'langfuse_id', row.id);
  putText(properties, 'langfuse_score_name', row.name);
  putText(properties, 'langfuse_trace_id', row.trace_id);
  putText(properties, 'langfuse_session_id', row.session_id);
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
  putText(properties, 'langfuse_input', ioText(properties, input, inputLength, options)?.text);
  putText(properties, 'langfuse_output', ioText(properties, output, outputLength, options)?.text);
}

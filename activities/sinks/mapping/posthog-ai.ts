/** PostHog, style `ai`: the events and `$ai_*` properties that its LLM views are made of. */
import type { ObservationRow, ScoreRow, SinkRow } from '../sink-row.ts';
import { putObservationContext, putScoreContext, putTraceContext } from './context.ts';
import { ioText } from './io-text.ts';
import type { Draft, Drafts, TableOptions } from './options.ts';
import { messagesOf, stateOf } from './posthog-messages.ts';
import { modelParametersOf, providerOf, toolsOf } from './posthog-tools.ts';
import { type Properties, putNumber, putText } from './properties.ts';
import { scoreValueOf } from './score-value.ts';
import { seconds } from './times.ts';
import { postHogTraceId } from './trace-key.ts';
import { type TraceView, traceOfRoot, traceOfRow } from './trace-view.ts';
import { costsOf, tokensOf } from './usage.ts';

/** `$ai_latency` and `$ai_time_to_first_token` are seconds, costs US dollars. */
export function postHogAiDrafts(source: SinkRow, options: TableOptions): Drafts {
  switch (source.source) {
    case 'events':
    case 'observations': {
      const observation = ofObservation(source.row, options);
      return source.row.is_root_observation ? [observation, ofTrace(traceOfRoot(source.row), options)] : [observation];
    }
    case 'traces':
      return [ofTrace(traceOfRow(source.row), options)];
    case 'scores':
      return [ofScore(source.row, options)];
  }
}

type ObservationEvent = '$ai_generation' | '$ai_embedding' | '$ai_span';

function eventOf(row: ObservationRow): ObservationEvent {
  // PostHog discards a generation without its model.
  if (row.type === 'GENERATION') return row.provided_model_name ? '$ai_generation' : '$ai_span';
  return row.type === 'EMBEDDING' ? '$ai_embedding' : '$ai_span';
}

function ofObservation(row: ObservationRow, options: TableOptions): Draft {
  const event = eventOf(row);
  const properties: Properties = { $ai_trace_id: postHogTraceId(row.trace_id || row.id) };
  putText(properties, '$ai_session_id', row.session_id);
  putText(properties, '$ai_span_id', row.id);
  putText(properties, '$ai_span_name', row.name);
  // A root may have a parent in another service, under which the tree would look for it in vain.
  const parent = row.is_root_observation ? properties.$ai_trace_id : row.parent_observation_id;
  if (parent) properties.$ai_parent_id = parent;
  putText(properties, '$ai_model', row.provided_model_name);
  putText(properties, '$ai_provider', providerOf(row.metadata));
  putValue(properties, '$ai_model_parameters', modelParametersOf(row.model_parameters, options.structured));
  putValue(properties, '$ai_tools', toolsOf(row.tool_definitions, options.structured));
  putUsage(properties, row);
  putNumber(properties, '$ai_latency', seconds(row.latency_ms));
  putNumber(properties, '$ai_time_to_first_token', seconds(row.time_to_first_token_ms));
  putError(properties, row.level, row.status_message);
  if (options.includeIo) putIo(properties, event, row, options);
  putObservationContext(properties, row, options);
  return { event, properties };
}

function putUsage(properties: Properties, row: ObservationRow): void {
  const tokens = tokensOf(row);
  putNumber(properties, '$ai_input_tokens', tokens.input);
  putNumber(properties, '$ai_output_tokens', tokens.output);
  putNumber(properties, '$ai_total_tokens', tokens.total);
  putNumber(properties, '$ai_reasoning_tokens', tokens.reasoning);
  putNumber(properties, '$ai_cache_read_input_tokens', tokens.cacheRead);
  putNumber(properties, '$ai_cache_creation_input_tokens', tokens.cacheCreation);
  const costs = costsOf(row);
  putNumber(properties, '$ai_input_cost_usd', costs.input);
  putNumber(properties, '$ai_output_cost_usd', costs.output);
  putNumber(properties, '$ai_total_cost_usd', costs.total);
}

function putIo(properties: Properties, event: ObservationEvent, row: ObservationRow, options: TableOptions): void {
  const { structured } = options;
  const input = ioText(properties, row.input, row.input_length, options);
  const output = ioText(properties, row.output, row.output_length, options);
  if (event === '$ai_span') {
    putValue(properties, '$ai_input_state', stateOf(input, structured));
    putValue(properties, '$ai_output_state', stateOf(output, structured));
    return;
  }
  // What is embedded is a text or a list of texts, not a conversation.
  const isEmbedding = event === '$ai_embedding';
  putValue(properties, '$ai_input', isEmbedding ? stateOf(input, structured) : messagesOf(input, 'user', structured));
  putValue(properties, '$ai_output_choices', messagesOf(output, 'assistant', structured));
}

function ofTrace(trace: TraceView, options: TableOptions): Draft {
  const { structured } = options;
  const traceId = postHogTraceId(trace.traceId);
  const properties: Properties = { $ai_trace_id: traceId, $ai_span_id: traceId };
  putText(properties, '$ai_session_id', trace.sessionId);
  putText(properties, '$ai_span_name', trace.name);
  putNumber(properties, '$ai_latency', seconds(trace.latencyMs));
  putError(properties, trace.level, trace.statusMessage);
  const input = ioText(properties, trace.input, trace.inputLength, options);
  const output = ioText(properties, trace.output, trace.outputLength, options);
  putValue(properties, '$ai_input_state', stateOf(input, structured));
  putValue(properties, '$ai_output_state', stateOf(output, structured));
  putTraceContext(properties, trace, options);
  return { event: '$ai_trace', properties };
}

/** Scores are `$ai_metric` events, of which the trace view shows name and value. Their value is text, as PostHog's own libraries send it. */
function ofScore(row: ScoreRow, options: TableOptions): Draft {
  const properties: Properties = {};
  if (row.trace_id) properties.$ai_trace_id = postHogTraceId(row.trace_id);
  putText(properties, '$ai_session_id', row.session_id);
  putText(properties, '$ai_parent_id', row.observation_id);
  putText(properties, '$ai_metric_name', row.name);
  putText(properties, '$ai_metric_value', scoreValueOf(row));
  putScoreContext(properties, row, options);
  return { event: '$ai_metric', properties };
}

function putError(properties: Properties, level: string | null, statusMessage: string | null): void {
  if (!level) return;
  properties.$ai_is_error = level === 'ERROR';
  if (level === 'ERROR') putText(properties, '$ai_error', statusMessage);
}

function putValue(properties: Properties, name: string, value: unknown): void {
  if (value !== undefined) properties[name] = value;
}

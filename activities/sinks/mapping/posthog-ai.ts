/** PostHog, style `ai`: the events and `$ai_*` properties that its LLM views are made of. */
import type { ObservationRow, ScoreRow, SinkRow } from '../sink-row.ts';
import { putObservationContext, putScoreContext, putTraceContext } from './context.ts';
import { ioText } from './io-text.ts';
import type { Draft, Drafts, TableOptions } from './options.ts';
import { messagesOf, stateOf } from './posthog-messages.ts';
import { modelParametersOf, providerOf, toolsOf } from './posthog-tools.ts';
import { isNumber, type Properties } from './properties.ts';
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
  if (row.session_id) properties.$ai_session_id = row.session_id;
  properties.$ai_span_id = row.id;
  if (row.name) properties.$ai_span_name = row.name;
  // A root may have a parent in another service, under which the tree would look for it in vain.
  const parent = row.is_root_observation ? properties.$ai_trace_id : row.parent_observation_id;
  if (parent) properties.$ai_parent_id = parent;
  if (row.provided_model_name) properties.$ai_model = row.provided_model_name;
  const provider = providerOf(row.metadata);
  if (provider) properties.$ai_provider = provider;
  const modelParameters = modelParametersOf(row.model_parameters, options.structured);
  if (modelParameters !== undefined) properties.$ai_model_parameters = modelParameters;
  const tools = toolsOf(row.tool_definitions, options.structured);
  if (tools !== undefined) properties.$ai_tools = tools;
  putUsage(properties, row);
  const latency = seconds(row.latency_ms);
  if (isNumber(latency)) properties.$ai_latency = latency;
  const timeToFirstToken = seconds(row.time_to_first_token_ms);
  if (isNumber(timeToFirstToken)) properties.$ai_time_to_first_token = timeToFirstToken;
  putError(properties, row.level, row.status_message);
  if (options.includeIo) putIo(properties, event, row, options);
  putObservationContext(properties, row, options);
  return { event, properties };
}

function putUsage(properties: Properties, row: ObservationRow): void {
  const tokens = tokensOf(row);
  if (isNumber(tokens.input)) properties.$ai_input_tokens = tokens.input;
  if (isNumber(tokens.output)) properties.$ai_output_tokens = tokens.output;
  if (isNumber(tokens.total)) properties.$ai_total_tokens = tokens.total;
  if (isNumber(tokens.reasoning)) properties.$ai_reasoning_tokens = tokens.reasoning;
  if (isNumber(tokens.cacheRead)) properties.$ai_cache_read_input_tokens = tokens.cacheRead;
  if (isNumber(tokens.cacheCreation)) properties.$ai_cache_creation_input_tokens = tokens.cacheCreation;
  const costs = costsOf(row);
  if (isNumber(costs.input)) properties.$ai_input_cost_usd = costs.input;
  if (isNumber(costs.output)) properties.$ai_output_cost_usd = costs.output;
  if (isNumber(costs.total)) properties.$ai_total_cost_usd = costs.total;
}

function putIo(properties: Properties, event: ObservationEvent, row: ObservationRow, options: TableOptions): void {
  const { structured } = options;
  const input = ioText(properties, row.input, row.input_length, options);
  const output = ioText(properties, row.output, row.output_length, options);
  if (event === '$ai_span') {
    const inputState = stateOf(input, structured);
    if (inputState !== undefined) properties.$ai_input_state = inputState;
    const outputState = stateOf(output, structured);
    if (outputState !== undefined) properties.$ai_output_state = outputState;
    return;
  }
  // What is embedded is a text or a list of texts, not a conversation.
  const isEmbedding = event === '$ai_embedding';
  const content = isEmbedding ? stateOf(input, structured) : messagesOf(input, 'user', structured);
  if (content !== undefined) properties.$ai_input = content;
  const outputChoices = messagesOf(output, 'assistant', structured);
  if (outputChoices !== undefined) properties.$ai_output_choices = outputChoices;
}

function ofTrace(trace: TraceView, options: TableOptions): Draft {
  const { structured } = options;
  const traceId = postHogTraceId(trace.traceId);
  const properties: Properties = { $ai_trace_id: traceId, $ai_span_id: traceId };
  if (trace.sessionId) properties.$ai_session_id = trace.sessionId;
  if (trace.name) properties.$ai_span_name = trace.name;
  const latency = seconds(trace.latencyMs);
  if (isNumber(latency)) properties.$ai_latency = latency;
  putError(properties, trace.level, trace.statusMessage);
  const input = ioText(properties, trace.input, trace.inputLength, options);
  const output = ioText(properties, trace.output, trace.outputLength, options);
  const inputState = stateOf(input, structured);
  if (inputState !== undefined) properties.$ai_input_state = inputState;
  const outputState = stateOf(output, structured);
  if (outputState !== undefined) properties.$ai_output_state = outputState;
  putTraceContext(properties, trace, options);
  return { event: '$ai_trace', properties };
}

/** Scores are `$ai_metric` events, of which the trace view shows name and value. Their value is text, as PostHog's own libraries send it. */
function ofScore(row: ScoreRow, options: TableOptions): Draft {
  const properties: Properties = {};
  if (row.trace_id) properties.$ai_trace_id = postHogTraceId(row.trace_id);
  if (row.session_id) properties.$ai_session_id = row.session_id;
  if (row.observation_id) properties.$ai_parent_id = row.observation_id;
  if (row.name) properties.$ai_metric_name = row.name;
  const value = scoreValueOf(row);
  if (value) properties.$ai_metric_value = value;
  putScoreContext(properties, row, options);
  return { event: '$ai_metric', properties };
}

function putError(properties: Properties, level: string | null, statusMessage: string | null): void {
  if (!level) return;
  properties.$ai_is_error = level === 'ERROR';
  if (level === 'ERROR' && statusMessage) properties.$ai_error = statusMessage;
}

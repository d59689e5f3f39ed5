/**
 * Mixpanel, style `ai`: what PostHog's LLM views are made of, without the `$` that Mixpanel keeps for itself. Everything is a number, a text
 * or a list of texts: JSON stays text.
 */
import type { ObservationRow, ScoreRow, SinkRow } from '../sink-row.ts';
import { putObservationContext, putScoreContext, putTraceContext } from './context.ts';
import { ioText } from './io-text.ts';
import type { Draft, Drafts, TableOptions } from './options.ts';
import { providerOf } from './posthog-tools.ts';
import { hasNames, isNumber, type Properties } from './properties.ts';
import { scoreValueOf } from './score-value.ts';
import { seconds } from './times.ts';
import { type TraceView, traceOfRoot, traceOfRow } from './trace-view.ts';
import { costsOf, tokensOf } from './usage.ts';

/** `ai_latency` and `ai_time_to_first_token` are seconds, costs US dollars. */
export function mixpanelAiDrafts(source: SinkRow, options: TableOptions): Drafts {
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

function ofObservation(row: ObservationRow, options: TableOptions): Draft {
  const properties: Properties = {};
  if (row.trace_id) properties.ai_trace_id = row.trace_id;
  if (row.session_id) properties.ai_session_id = row.session_id;
  properties.ai_span_id = row.id;
  if (row.name) properties.ai_span_name = row.name;
  if (row.parent_observation_id) properties.ai_parent_id = row.parent_observation_id;
  if (row.provided_model_name) properties.ai_model = row.provided_model_name;
  const provider = providerOf(row.metadata);
  if (provider) properties.ai_provider = provider;
  if (row.model_parameters) properties.ai_model_parameters = row.model_parameters;
  if (hasNames(row.tool_definitions)) properties.ai_tools = Object.keys(row.tool_definitions);
  putUsage(properties, row);
  const latency = seconds(row.latency_ms);
  if (isNumber(latency)) properties.ai_latency = latency;
  const timeToFirstToken = seconds(row.time_to_first_token_ms);
  if (isNumber(timeToFirstToken)) properties.ai_time_to_first_token = timeToFirstToken;
  putError(properties, row.level, row.status_message);
  const input = ioText(properties, row.input, row.input_length, options)?.text;
  if (input) properties.ai_input = input;
  const output = ioText(properties, row.output, row.output_length, options)?.text;
  if (output) properties.ai_output = output;
  putObservationContext(properties, row, options);
  return { event: row.type === 'GENERATION' ? 'ai_generation' : 'ai_span', properties };
}

function putUsage(properties: Properties, row: ObservationRow): void {
  const tokens = tokensOf(row);
  if (isNumber(tokens.input)) properties.ai_input_tokens = tokens.input;
  if (isNumber(tokens.output)) properties.ai_output_tokens = tokens.output;
  if (isNumber(tokens.total)) properties.ai_total_tokens = tokens.total;
  if (isNumber(tokens.reasoning)) properties.ai_reasoning_tokens = tokens.reasoning;
  if (isNumber(tokens.cacheRead)) properties.ai_cache_read_input_tokens = tokens.cacheRead;
  if (isNumber(tokens.cacheCreation)) properties.ai_cache_creation_input_tokens = tokens.cacheCreation;
  const costs = costsOf(row);
  if (isNumber(costs.input)) properties.ai_input_cost_usd = costs.input;
  if (isNumber(costs.output)) properties.ai_output_cost_usd = costs.output;
  if (isNumber(costs.total)) properties.ai_total_cost_usd = costs.total;
}

function ofTrace(trace: TraceView, options: TableOptions): Draft {
  const properties: Properties = {};
  if (trace.traceId) properties.ai_trace_id = trace.traceId;
  if (trace.traceId) properties.ai_span_id = trace.traceId;
  if (trace.sessionId) properties.ai_session_id = trace.sessionId;
  if (trace.name) properties.ai_span_name = trace.name;
  const latency = seconds(trace.latencyMs);
  if (isNumber(latency)) properties.ai_latency = latency;
  putError(properties, trace.level, trace.statusMessage);
  const input = ioText(properties, trace.input, trace.inputLength, options)?.text;
  if (input) properties.ai_input = input;
  const output = ioText(properties, trace.output, trace.outputLength, options)?.text;
  if (output) properties.ai_output = output;
  putTraceContext(properties, trace, options);
  return { event: 'ai_trace', properties };
}

function ofScore(row: ScoreRow, options: TableOptions): Draft {
  const properties: Properties = {};
  if (row.trace_id) properties.ai_trace_id = row.trace_id;
  if (row.session_id) properties.ai_session_id = row.session_id;
  if (row.observation_id) properties.ai_parent_id = row.observation_id;
  if (row.name) properties.ai_metric_name = row.name;
  const value = scoreValueOf(row);
  if (value) properties.ai_metric_value = value;
  putScoreContext(properties, row, options);
  return { event: 'ai_metric', properties };
}

function putError(properties: Properties, level: string | null, statusMessage: string | null): void {
  if (!level) return;
  properties.ai_is_error = level === 'ERROR';
  if (level === 'ERROR' && statusMessage) properties.ai_error = statusMessage;
}

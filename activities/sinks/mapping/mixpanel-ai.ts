/**
 * Mixpanel, style `ai`: what PostHog's LLM views are made of, without the `$` that Mixpanel keeps for itself. Everything is a number, a text
 * or a list of texts: JSON stays text.
 */
import type { ObservationRow, ScoreRow, SinkRow } from '../sink-row.ts';
import { putObservationContext, putScoreContext, putTraceContext } from './context.ts';
import { ioText } from './io-text.ts';
import type { Draft, Drafts, TableOptions } from './options.ts';
import { providerOf } from './posthog-tools.ts';
import { type Properties, putNumber, putText, putTexts } from './properties.ts';
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
  putText(properties, 'ai_trace_id', row.trace_id);
  putText(properties, 'ai_session_id', row.session_id);
  putText(properties, 'ai_span_id', row.id);
  putText(properties, 'ai_span_name', row.name);
  putText(properties, 'ai_parent_id', row.parent_observation_id);
  putText(properties, 'ai_model', row.provided_model_name);
  putText(properties, 'ai_provider', providerOf(row.metadata));
  putText(properties, 'ai_model_parameters', row.model_parameters);
  if (row.tool_definitions !== undefined) putTexts(properties, 'ai_tools', Object.keys(row.tool_definitions));
  putUsage(properties, row);
  putNumber(properties, 'ai_latency', seconds(row.latency_ms));
  putNumber(properties, 'ai_time_to_first_token', seconds(row.time_to_first_token_ms));
  putError(properties, row.level, row.status_message);
  putText(properties, 'ai_input', ioText(properties, row.input, row.input_length, options)?.text);
  putText(properties, 'ai_output', ioText(properties, row.output, row.output_length, options)?.text);
  putObservationContext(properties, row, options);
  return { event: row.type === 'GENERATION' ? 'ai_generation' : 'ai_span', properties };
}

function putUsage(properties: Properties, row: ObservationRow): void {
  const tokens = tokensOf(row);
  putNumber(properties, 'ai_input_tokens', tokens.input);
  putNumber(properties, 'ai_output_tokens', tokens.output);
  putNumber(properties, 'ai_total_tokens', tokens.total);
  putNumber(properties, 'ai_reasoning_tokens', tokens.reasoning);
  putNumber(properties, 'ai_cache_read_input_tokens', tokens.cacheRead);
  putNumber(properties, 'ai_cache_creation_input_tokens', tokens.cacheCreation);
  const costs = costsOf(row);
  putNumber(properties, 'ai_input_cost_usd', costs.input);
  putNumber(properties, 'ai_output_cost_usd', costs.output);
  putNumber(properties, 'ai_total_cost_usd', costs.total);
}

function ofTrace(trace: TraceView, options: TableOptions): Draft {
  const properties: Properties = {};
  putText(properties, 'ai_trace_id', trace.traceId);
  putText(properties, 'ai_span_id', trace.traceId);
  putText(properties, 'ai_session_id', trace.sessionId);
  putText(properties, 'ai_span_name', trace.name);
  putNumber(properties, 'ai_latency', seconds(trace.latencyMs));
  putError(properties, trace.level, trace.statusMessage);
  putText(properties, 'ai_input', ioText(properties, trace.input, trace.inputLength, options)?.text);
  putText(properties, 'ai_output', ioText(properties, trace.output, trace.outputLength, options)?.text);
  putTraceContext(properties, trace, options);
  return { event: 'ai_trace', properties };
}

function ofScore(row: ScoreRow, options: TableOptions): Draft {
  const properties: Properties = {};
  putText(properties, 'ai_trace_id', row.trace_id);
  putText(properties, 'ai_session_id', row.session_id);
  putText(properties, 'ai_parent_id', row.observation_id);
  putText(properties, 'ai_metric_name', row.name);
  putText(properties, 'ai_metric_value', scoreValueOf(row));
  putScoreContext(properties, row, options);
  return { event: 'ai_metric', properties };
}

function putError(properties: Properties, level: string | null, statusMessage: string | null): void {
  if (!level) return;
  properties.ai_is_error = level === 'ERROR';
  if (level === 'ERROR') putText(properties, 'ai_error', statusMessage);
}

/**
 * Properties that every style and vendor has under the same names, those of Langfuse's own integrations where they have one. Columns that
 * no event holds: times but that of the event, `bookmarked`, `public`, single kinds of usage.
 */
import type { ObservationRow, ScoreRow } from '../sink-row.ts';
import { sessionUrl, traceUrl, userUrl } from './links.ts';
import type { TableOptions } from './options.ts';
import { type Properties, putNumber, putPairs, putText, putTexts } from './properties.ts';
import type { TraceView } from './trace-view.ts';

export function putObservationContext(properties: Properties, row: ObservationRow, options: TableOptions): void {
  properties.langfuse_project_id = options.projectId;
  putText(properties, 'langfuse_url', traceUrl(options, row.trace_id, row.id));
  putText(properties, 'langfuse_user_url', userUrl(options, row.user_id));
  putText(properties, 'langfuse_user_id', row.user_id);
  putText(properties, 'langfuse_type', row.type);
  putText(properties, 'langfuse_level', row.level);
  putText(properties, 'langfuse_status_message', row.status_message);
  putText(properties, 'langfuse_environment', row.environment);
  putText(properties, 'langfuse_version', row.version);
  putText(properties, 'langfuse_release', row.release);
  putText(properties, 'langfuse_trace_name', row.trace_name);
  putTexts(properties, 'langfuse_tags', row.tags);
  putText(properties, 'langfuse_model_id', row.model_id);
  putText(properties, 'langfuse_pricing_tier', row.usage_pricing_tier_name);
  putText(properties, 'langfuse_pricing_tier_id', row.usage_pricing_tier_id);
  putText(properties, 'langfuse_prompt_id', row.prompt_id);
  putText(properties, 'langfuse_prompt_name', row.prompt_name);
  putNumber(properties, 'langfuse_prompt_version', row.prompt_version);
  putTexts(properties, 'langfuse_tool_call_names', row.tool_call_names);
  // Arguments of calls are output of the model.
  if (options.includeIo) putTexts(properties, 'langfuse_tool_calls', row.tool_calls);
  putText(properties, 'langfuse_experiment_id', row.experiment_id);
  putText(properties, 'langfuse_experiment_name', row.experiment_name);
  putText(properties, 'langfuse_experiment_dataset_id', row.experiment_dataset_id);
  putText(properties, 'langfuse_experiment_item_id', row.experiment_item_id);
  putPairs(properties, 'langfuse_metadata', row.metadata);
}

export function putTraceContext(properties: Properties, trace: TraceView, options: TableOptions): void {
  properties.langfuse_project_id = options.projectId;
  putText(properties, 'langfuse_url', traceUrl(options, trace.traceId));
  putText(properties, 'langfuse_user_url', userUrl(options, trace.userId));
  putText(properties, 'langfuse_user_id', trace.userId);
  putText(properties, 'langfuse_level', trace.level);
  putText(properties, 'langfuse_status_message', trace.statusMessage);
  putText(properties, 'langfuse_environment', trace.environment);
  putText(properties, 'langfuse_version', trace.version);
  putText(properties, 'langfuse_release', trace.release);
  putTexts(properties, 'langfuse_tags', trace.tags);
  putPairs(properties, 'langfuse_metadata', trace.metadata);
}

export function putScoreContext(properties: Properties, row: ScoreRow, options: TableOptions): void {
  properties.langfuse_project_id = options.projectId;
  putText(
    properties,
    'langfuse_url',
    traceUrl(options, row.trace_id, row.observation_id) ?? sessionUrl(options, row.session_id),
  );
  putText(properties, 'langfuse_environment', row.environment);
  putText(properties, 'langfuse_observation_id', row.observation_id);
  putNumber(properties, 'langfuse_score_value', row.value);
  putText(properties, 'langfuse_score_string_value', row.string_value);
  putText(properties, 'langfuse_score_data_type', row.data_type);
  putText(properties, 'langfuse_score_source', row.source);
  putText(properties, 'langfuse_score_comment', row.comment);
  putText(properties, 'langfuse_score_author_user_id', row.author_user_id);
  putText(properties, 'langfuse_score_config_id', row.config_id);
  putText(properties, 'langfuse_score_queue_id', row.queue_id);
  putText(properties, 'langfuse_dataset_run_id', row.dataset_run_id);
  putPairs(properties, 'langfuse_score_metadata', row.metadata);
}

/**
 * Properties that every style and vendor has under the same names, those of Langfuse's own integrations where they have one. Columns that
 * no event holds: times but that of the event, `bookmarked`, `public`, single kinds of usage.
 */
import type { ObservationRow, ScoreRow } from '../sink-row.ts';
import { sessionUrl, traceUrl, userUrl } from './links.ts';
import type { TableOptions } from './options.ts';
import { hasNames, hasTexts, isNumber, type Properties } from './properties.ts';
import type { TraceView } from './trace-view.ts';

export function putObservationContext(properties: Properties, row: ObservationRow, options: TableOptions): void {
  properties.langfuse_project_id = options.projectId;
  const url = traceUrl(options, row.trace_id, row.id);
  if (url) properties.langfuse_url = url;
  const userLink = userUrl(options, row.user_id);
  if (userLink) properties.langfuse_user_url = userLink;
  if (row.user_id) properties.langfuse_user_id = row.user_id;
  if (row.type) properties.langfuse_type = row.type;
  if (row.level) properties.langfuse_level = row.level;
  if (row.status_message) properties.langfuse_status_message = row.status_message;
  if (row.environment) properties.langfuse_environment = row.environment;
  if (row.version) properties.langfuse_version = row.version;
  if (row.release) properties.langfuse_release = row.release;
  if (row.trace_name) properties.langfuse_trace_name = row.trace_name;
  if (hasTexts(row.tags)) properties.langfuse_tags = row.tags;
  if (row.model_id) properties.langfuse_model_id = row.model_id;
  if (row.usage_pricing_tier_name) properties.langfuse_pricing_tier = row.usage_pricing_tier_name;
  if (row.usage_pricing_tier_id) properties.langfuse_pricing_tier_id = row.usage_pricing_tier_id;
  if (row.prompt_id) properties.langfuse_prompt_id = row.prompt_id;
  if (row.prompt_name) properties.langfuse_prompt_name = row.prompt_name;
  if (isNumber(row.prompt_version)) properties.langfuse_prompt_version = row.prompt_version;
  if (hasTexts(row.tool_call_names)) properties.langfuse_tool_call_names = row.tool_call_names;
  // Arguments of calls are output of the model.
  if (options.includeIo && hasTexts(row.tool_calls)) properties.langfuse_tool_calls = row.tool_calls;
  if (row.experiment_id) properties.langfuse_experiment_id = row.experiment_id;
  if (row.experiment_name) properties.langfuse_experiment_name = row.experiment_name;
  if (row.experiment_dataset_id) properties.langfuse_experiment_dataset_id = row.experiment_dataset_id;
  if (row.experiment_item_id) properties.langfuse_experiment_item_id = row.experiment_item_id;
  if (hasNames(row.metadata)) properties.langfuse_metadata = row.metadata;
}

export function putTraceContext(properties: Properties, trace: TraceView, options: TableOptions): void {
  properties.langfuse_project_id = options.projectId;
  const url = traceUrl(options, trace.traceId);
  if (url) properties.langfuse_url = url;
  const userLink = userUrl(options, trace.userId);
  if (userLink) properties.langfuse_user_url = userLink;
  if (trace.userId) properties.langfuse_user_id = trace.userId;
  if (trace.level) properties.langfuse_level = trace.level;
  if (trace.statusMessage) properties.langfuse_status_message = trace.statusMessage;
  if (trace.environment) properties.langfuse_environment = trace.environment;
  if (trace.version) properties.langfuse_version = trace.version;
  if (trace.release) properties.langfuse_release = trace.release;
  if (hasTexts(trace.tags)) properties.langfuse_tags = trace.tags;
  if (hasNames(trace.metadata)) properties.langfuse_metadata = trace.metadata;
}

export function putScoreContext(properties: Properties, row: ScoreRow, options: TableOptions): void {
  properties.langfuse_project_id = options.projectId;
  const url = traceUrl(options, row.trace_id, row.observation_id) ?? sessionUrl(options, row.session_id);
  if (url) properties.langfuse_url = url;
  if (row.environment) properties.langfuse_environment = row.environment;
  if (row.observation_id) properties.langfuse_observation_id = row.observation_id;
  if (isNumber(row.value)) properties.langfuse_score_value = row.value;
  if (row.string_value) properties.langfuse_score_string_value = row.string_value;
  if (row.data_type) properties.langfuse_score_data_type = row.data_type;
  if (row.source) properties.langfuse_score_source = row.source;
  if (row.comment) properties.langfuse_score_comment = row.comment;
  if (row.author_user_id) properties.langfuse_score_author_user_id = row.author_user_id;
  if (row.config_id) properties.langfuse_score_config_id = row.config_id;
  if (row.queue_id) properties.langfuse_score_queue_id = row.queue_id;
  if (row.dataset_run_id) properties.langfuse_dataset_run_id = row.dataset_run_id;
  if (hasNames(row.metadata)) properties.langfuse_score_metadata = row.metadata;
}

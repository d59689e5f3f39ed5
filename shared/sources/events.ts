import type { ColumnGroup } from './catalog.ts';
import { type Columns, columnsOf, same } from './columns.ts';
import type { SourceDefinition } from './definition.ts';
import { IS_ROOT, TOTAL_COST, TRACE_NAME } from './events-expressions.ts';
import { EVENTS_FILTERS } from './events-filters.ts';
import { millisecondsBetween, nullableText, numberMap, plain, text, textMap, textPairs, texts } from './expressions.ts';

/** The contract of the file: names and order never change; new columns go to the end of a group. */
const GROUPS: Record<ColumnGroup, Columns> = {
  core: {
    id: text('e.span_id'),
    ...same(text, 'trace_id'),
    ...same(plain, 'start_time', 'end_time'),
    ...same(text, 'project_id'),
    parent_observation_id: nullableText('e.parent_span_id'),
    ...same(nullableText, 'type'),
    ...same(plain, 'event_ts'),
  },
  basic: {
    ...same(text, 'name'),
    ...same(nullableText, 'level', 'status_message', 'version', 'environment'),
    ...same(plain, 'bookmarked', 'public'),
    ...same(nullableText, 'user_id', 'session_id'),
    is_root_observation: plain(`CAST(${IS_ROOT}, 'Bool')`),
  },
  time: same(plain, 'completion_start_time', 'created_at', 'updated_at'),
  io: same(text, 'input', 'output'),
  metadata: { metadata: textPairs('e.metadata_names', 'e.metadata_values') },
  model: same(nullableText, 'provided_model_name', 'model_id', 'model_parameters'),
  usage: {
    ...same(numberMap, 'usage_details', 'cost_details'),
    total_cost: plain(TOTAL_COST),
    ...same(nullableText, 'usage_pricing_tier_id', 'usage_pricing_tier_name'),
  },
  prompt: { ...same(nullableText, 'prompt_id', 'prompt_name'), ...same(plain, 'prompt_version') },
  metrics: {
    latency_ms: millisecondsBetween('e.start_time', 'e.end_time'),
    time_to_first_token_ms: millisecondsBetween('e.start_time', 'e.completion_start_time'),
  },
  trace_context: {
    ...same(texts, 'tags'),
    ...same(nullableText, 'release'),
    trace_name: nullableText(TRACE_NAME),
  },
  tools: { ...same(textMap, 'tool_definitions'), ...same(texts, 'tool_calls', 'tool_call_names') },
  experiment: {
    ...same(nullableText, 'experiment_id', 'experiment_name'),
    experiment_metadata: textPairs('e.experiment_metadata_names', 'e.experiment_metadata_values'),
    ...same(nullableText, 'experiment_description', 'experiment_dataset_id', 'experiment_item_id'),
    ...same(plain, 'experiment_item_version'),
    ...same(nullableText, 'experiment_item_expected_output'),
    experiment_item_metadata: textPairs('e.experiment_item_metadata_names', 'e.experiment_item_metadata_values'),
    ...same(nullableText, 'experiment_item_root_span_id'),
  },
  instrumentation: {
    ...same(nullableText, 'source', 'service_name', 'service_version', 'scope_name', 'scope_version'),
    ...same(nullableText, 'telemetry_sdk_language', 'telemetry_sdk_name', 'telemetry_sdk_version'),
    ...same(nullableText, 'ingestion_sdk_name', 'ingestion_sdk_version'),
  },
};

/** Rows of Langfuse's `events_full` / `events_core`. */
export const eventsSource: SourceDefinition = {
  name: 'events',
  columns: columnsOf(GROUPS),
  filters: EVENTS_FILTERS,
  lengths: { input: 'e.input_length', output: 'e.output_length' },
  fullOnlyGroups: ['io', 'metadata'],
  key: {
    projectId: 'e.project_id',
    eventTime: 'e.start_time',
    rangeInKey: [
      `e.start_time >= {from:DateTime64(6,'UTC')}`,
      `e.start_time < {to:DateTime64(6,'UTC')}`,
      // Without this a range that ends on a minute reads that next minute too.
      `toStartOfMinute(e.start_time) <= toStartOfMinute(subtractMicroseconds({to:DateTime64(6,'UTC')}, 1))`,
    ],
    rangeAfterFinal: [],
    eventMicros: 'toUnixTimestamp64Micro(e.start_time)',
    stored: {
      column: 'toStartOfMinute(e.start_time)',
      of: (seconds) => `toDateTime(${seconds}, 'UTC')`,
      exact: true,
    },
    order: [
      {
        sql: 'toStartOfMinute(e.start_time)',
        value: 'toUnixTimestamp(toStartOfMinute(e.start_time))',
        type: 'UInt32',
        of: (value) => `toDateTime(${value}, 'UTC')`,
      },
      { sql: 'xxHash32(e.trace_id)', type: 'UInt32' },
      { sql: 'e.span_id', type: 'String' },
      { sql: 'e.start_time', value: 'toUnixTimestamp64Micro(e.start_time)', type: 'Int64' },
    ],
    hash: 'xxHash32(e.trace_id)',
    createdAt: 'e.created_at',
    updatedAt: 'e.updated_at',
    updatedMicros: 'toUnixTimestamp64Micro(e.updated_at)',
    isDeleted: 'e.is_deleted',
    versionKey: 'cityHash64(e.span_id, e.trace_id, e.event_ts)',
    // Safe because the partition is a function of the sort key.
    settings: { do_not_merge_across_partitions_select_final: 1 },
  },
  // `event_bytes` may be 0; without input, output and metadata a row is about this long whatever was ingested.
  rowBytes: { full: 'if(e.event_bytes = 0, 2048, e.event_bytes)', core: 'toUInt64(1024)' },
};

/**
 * The columns of the events tables, in the words of CREATE TABLE. `events_full` and `events_core` have the same ones;
 * only the length of the texts in them differs.
 */

const identity = `
  project_id String,
  trace_id String,
  span_id String,
  parent_span_id String,
  start_time DateTime64(6),
  end_time Nullable(DateTime64(6)),
  completion_start_time Nullable(DateTime64(6)),
  name String,
  type LowCardinality(String),
  environment LowCardinality(String) DEFAULT 'default',
  version String,
  release String,
  trace_name String,
  user_id String,
  session_id String,
  tags Array(String),
  level LowCardinality(String),
  status_message String,
  is_app_root Bool DEFAULT false,
  bookmarked Bool DEFAULT false,
  public Bool DEFAULT false`;

const promptAndModel = `
  prompt_id String,
  prompt_name String,
  prompt_version Nullable(UInt16),
  model_id String,
  provided_model_name String,
  model_parameters String`;

/** The sum of the costs whose key contains one of the given words (`input` also matches `input_cache_read`). */
const sumOfCosts = (...words: string[]): string => {
  const matches = words.map((word) => `positionCaseInsensitive(k, '${word}') > 0`).join(' OR ');
  return `arraySum(mapValues(mapFilter((k, v) -> ${matches}, cost_details)))`;
};

const usageAndCost = `
  provided_usage_details Map(LowCardinality(String), UInt64),
  usage_details Map(LowCardinality(String), UInt64),
  provided_cost_details Map(LowCardinality(String), Decimal(18, 12)),
  cost_details Map(LowCardinality(String), Decimal(18, 12)),
  calculated_input_cost Decimal(18, 12) MATERIALIZED ${sumOfCosts('input')},
  calculated_output_cost Decimal(18, 12) MATERIALIZED ${sumOfCosts('output')},
  calculated_total_cost Decimal(18, 12) MATERIALIZED ${sumOfCosts('input', 'output')},
  total_cost Decimal(18, 12) ALIAS cost_details['total'],
  usage_pricing_tier_id Nullable(String),
  usage_pricing_tier_name Nullable(String)`;

const content = `
  tool_definitions Map(String, String),
  tool_calls Array(String),
  tool_call_names Array(String),
  input String CODEC(ZSTD(3)),
  output String CODEC(ZSTD(3)),
  input_length UInt64 MATERIALIZED lengthUTF8(input),
  output_length UInt64 MATERIALIZED lengthUTF8(output),
  metadata_names Array(String),
  metadata_values Array(String)`;

const experiment = `
  experiment_id String,
  experiment_name String,
  experiment_metadata_names Array(String),
  experiment_metadata_values Array(String),
  experiment_description String,
  experiment_dataset_id String,
  experiment_item_id String,
  experiment_item_version Nullable(DateTime64(6)),
  experiment_item_expected_output String,
  experiment_item_metadata_names Array(String),
  experiment_item_metadata_values Array(String),
  experiment_item_root_span_id String`;

const instrumentation = `
  source LowCardinality(String),
  service_name String,
  service_version String,
  scope_name String,
  scope_version String,
  telemetry_sdk_language LowCardinality(String),
  telemetry_sdk_name String,
  telemetry_sdk_version String,
  ingestion_sdk_name LowCardinality(String),
  ingestion_sdk_version LowCardinality(String),
  ingestion_api_key String,
  blob_storage_file_path String,
  event_bytes UInt64`;

const versioning = `
  created_at DateTime64(6) DEFAULT now(),
  updated_at DateTime64(6) DEFAULT now(),
  event_ts DateTime64(6),
  is_deleted UInt8`;

export const eventsColumns: string = [
  identity,
  promptAndModel,
  usageAndCost,
  content,
  experiment,
  instrumentation,
  versioning,
].join(',');

/** The tables of the older data model (sources `traces`, `observations`, `scores`). Their sort keys hold the day only. */

const createdAtIndex = 'INDEX idx_created_at created_at TYPE minmax GRANULARITY 1';

const versioning = `
  created_at DateTime64(3) DEFAULT now(),
  updated_at DateTime64(3) DEFAULT now(),
  event_ts DateTime64(3),
  is_deleted UInt8`;

function replacingTable(name: string, columns: string, time: string, sortKey: string): string {
  return `CREATE TABLE IF NOT EXISTS ${name} (${columns},${versioning},
  ${createdAtIndex})
ENGINE = ReplacingMergeTree(event_ts, is_deleted)
PARTITION BY toYYYYMM(${time})
ORDER BY (${sortKey})`;
}

export function tracesTable(database: string): string {
  const columns = `
  id String,
  timestamp DateTime64(3),
  name String,
  user_id Nullable(String),
  metadata Map(LowCardinality(String), String),
  release Nullable(String),
  version Nullable(String),
  project_id String,
  environment LowCardinality(String) DEFAULT 'default',
  public Bool DEFAULT false,
  bookmarked Bool DEFAULT false,
  tags Array(String),
  input Nullable(String) CODEC(ZSTD(3)),
  output Nullable(String) CODEC(ZSTD(3)),
  session_id Nullable(String)`;
  return replacingTable(`${database}.traces`, columns, 'timestamp', 'project_id, toDate(timestamp), id');
}

export function observationsTable(database: string): string {
  const columns = `
  id String,
  trace_id String,
  project_id String,
  environment LowCardinality(String) DEFAULT 'default',
  type LowCardinality(String),
  parent_observation_id Nullable(String),
  start_time DateTime64(3),
  end_time Nullable(DateTime64(3)),
  name String,
  metadata Map(LowCardinality(String), String),
  level LowCardinality(String),
  status_message Nullable(String),
  version Nullable(String),
  input Nullable(String) CODEC(ZSTD(3)),
  output Nullable(String) CODEC(ZSTD(3)),
  provided_model_name Nullable(String),
  internal_model_id Nullable(String),
  model_parameters Nullable(String),
  provided_usage_details Map(LowCardinality(String), UInt64),
  usage_details Map(LowCardinality(String), UInt64),
  provided_cost_details Map(LowCardinality(String), Decimal64(12)),
  cost_details Map(LowCardinality(String), Decimal64(12)),
  total_cost Nullable(Decimal64(12)),
  usage_pricing_tier_id Nullable(String),
  usage_pricing_tier_name Nullable(String),
  tool_definitions Map(String, String),
  tool_calls Array(String),
  tool_call_names Array(String),
  completion_start_time Nullable(DateTime64(3)),
  prompt_id Nullable(String),
  prompt_name Nullable(String),
  prompt_version Nullable(UInt16)`;
  return replacingTable(`${database}.observations`, columns, 'start_time', 'project_id, type, toDate(start_time), id');
}

export function scoresTable(database: string): string {
  const columns = `
  id String,
  timestamp DateTime64(3),
  project_id String,
  environment LowCardinality(String) DEFAULT 'default',
  trace_id Nullable(String),
  session_id Nullable(String),
  observation_id Nullable(String),
  name String,
  value Float64,
  source String,
  comment Nullable(String),
  author_user_id Nullable(String),
  config_id Nullable(String),
  data_type String,
  string_value Nullable(String),
  queue_id Nullable(String),
  metadata Map(LowCardinality(String), String),
  dataset_run_id Nullable(String),
  execution_trace_id Nullable(String),
  long_string_value String,
  ingestion_api_key String,
  ingestion_sdk_name String,
  ingestion_sdk_version String`;
  return replacingTable(`${database}.scores`, columns, 'timestamp', 'project_id, toDate(timestamp), name, id');
}

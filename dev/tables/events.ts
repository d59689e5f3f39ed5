import { eventsColumns } from './events-columns.ts';

const lookupIndexes = `
  INDEX idx_span_id span_id TYPE bloom_filter GRANULARITY 1,
  INDEX idx_trace_id trace_id TYPE bloom_filter GRANULARITY 1,
  INDEX idx_user_id user_id TYPE bloom_filter GRANULARITY 1,
  INDEX idx_session_id session_id TYPE bloom_filter GRANULARITY 1,
  INDEX idx_created_at created_at TYPE minmax GRANULARITY 1,
  INDEX idx_updated_at updated_at TYPE minmax GRANULARITY 1`;

/** Names of the full-text indexes: costly to build, so bulk writers leave them to the merges. */
export const textIndexNames: readonly string[] = [
  'idx_text_input',
  'idx_text_output',
  'idx_text_metadata_names',
  'idx_text_metadata_values',
];

const textIndexes = `
  INDEX idx_text_input lower(input) TYPE text(tokenizer = 'splitByNonAlpha'),
  INDEX idx_text_output lower(output) TYPE text(tokenizer = 'splitByNonAlpha'),
  INDEX idx_text_metadata_names metadata_names TYPE text(tokenizer = 'array'),
  INDEX idx_text_metadata_values metadata_values TYPE text(tokenizer = 'splitByNonAlpha')`;

function eventsTable(name: string): string {
  return `CREATE TABLE IF NOT EXISTS ${name} (${eventsColumns},${lookupIndexes},${textIndexes})
ENGINE = ReplacingMergeTree(event_ts, is_deleted)
PARTITION BY toYYYYMM(start_time)
PRIMARY KEY (project_id, toStartOfMinute(start_time), xxHash32(trace_id))
ORDER BY (project_id, toStartOfMinute(start_time), xxHash32(trace_id), span_id, start_time)
SAMPLE BY xxHash32(trace_id)
SETTINGS index_granularity_bytes = 67108864, enable_block_number_column = 1, enable_block_offset_column = 1,
  enable_full_text_index = 1`;
}

/** Everything: the texts in full length. */
export function eventsFullTable(database: string): string {
  return eventsTable(`${database}.events_full`);
}

/** The cheap copy for lists, filled by {@link eventsCoreView}. */
export function eventsCoreTable(database: string): string {
  return eventsTable(`${database}.events_core`);
}

/** Copies every row written to `events_full` to `events_core`, each text cut to 200 characters. */
export function eventsCoreView(database: string): string {
  return `CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.events_core_mv TO ${database}.events_core AS
SELECT * REPLACE (
  leftUTF8(input, 200) AS input,
  leftUTF8(output, 200) AS output,
  arrayMap(value -> leftUTF8(value, 200), metadata_values) AS metadata_values
)
FROM ${database}.events_full`;
}

/**
 * The columns that properties are made of, by source, in any order; of them those whose group is chosen are read. What is left out would be
 * half of the bytes of a row, of ClickHouse's work and of ours (measured). `test/activities/sinks/row-columns.test.ts` finds a column that is
 * missing here.
 */
import type { EventSinkDestination } from '../../shared/config/destination.ts';
import type { SourceName } from '../../shared/sources/catalog.ts';
import type { KeyedColumns } from '../source/keyed-rows.ts';
import type { ObservationRow, ScoreRow, TraceRow } from './sink-row.ts';

const OBSERVATION: ReadonlyArray<keyof ObservationRow> = [
  'id',
  'trace_id',
  'start_time',
  'parent_observation_id',
  'type',
  'name',
  'level',
  'status_message',
  'version',
  'environment',
  'user_id',
  'session_id',
  'is_root_observation',
  'input',
  'output',
  'metadata',
  'provided_model_name',
  'model_id',
  'model_parameters',
  'usage_details',
  'cost_details',
  'total_cost',
  'usage_pricing_tier_id',
  'usage_pricing_tier_name',
  'prompt_id',
  'prompt_name',
  'prompt_version',
  'latency_ms',
  'time_to_first_token_ms',
  'tags',
  'release',
  'trace_name',
  'tool_definitions',
  'tool_call_names',
  'experiment_id',
  'experiment_name',
  'experiment_dataset_id',
  'experiment_item_id',
];

/** Only where texts are sent. */
const OBSERVATION_TEXTS: ReadonlyArray<keyof ObservationRow> = ['tool_calls'];

const TRACE: ReadonlyArray<keyof TraceRow> = [
  'id',
  'timestamp',
  'name',
  'user_id',
  'session_id',
  'version',
  'environment',
  'input',
  'output',
  'metadata',
  'tags',
  'release',
];

const SCORE: ReadonlyArray<keyof ScoreRow> = [
  'id',
  'timestamp',
  'trace_id',
  'session_id',
  'observation_id',
  'name',
  'value',
  'string_value',
  'data_type',
  'source',
  'comment',
  'environment',
  'author_user_id',
  'config_id',
  'queue_id',
  'dataset_run_id',
  'metadata',
];

/** Input and output are cut to so many bytes each by the query already: no vendor takes an event over 1 MB. */
const TEXT_BYTES = 450_000;

/** What is read of the rows of a source for a destination. */
export function rowColumns(source: SourceName, { kind, includeIo }: EventSinkDestination): KeyedColumns {
  return {
    columns: namesOf(source, includeIo),
    // The entry of the metadata that holds the session as the vendor's own SDK calls it.
    sessionName: `$${kind}_session_id`,
    textBytes: TEXT_BYTES,
  };
}

function namesOf(source: SourceName, includeIo: boolean): readonly string[] {
  switch (source) {
    case 'events':
    case 'observations':
      return includeIo ? [...OBSERVATION, ...OBSERVATION_TEXTS] : OBSERVATION;
    case 'traces':
      return TRACE;
    case 'scores':
      return SCORE;
  }
}

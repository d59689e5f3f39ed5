import type { EventFilterColumn } from '../filters/columns.ts';
import type { FilterSql } from './definition.ts';
import { IS_ROOT, TOTAL_COST, TRACE_NAME } from './events-expressions.ts';
import { MEASURES } from './measures.ts';

/** Every column, so that one that is added to the list is not forgotten here. Whether there is an input is told by its length, a narrow column of both tables. */
const COLUMNS: Readonly<Record<Exclude<EventFilterColumn, 'metadata'>, string>> = {
  id: 'e.span_id',
  traceId: 'e.trace_id',
  startTime: 'toUnixTimestamp64Micro(e.start_time)',
  endTime: 'toUnixTimestamp64Micro(e.end_time)',
  name: 'e.name',
  type: 'e.type',
  environment: 'e.environment',
  version: 'e.version',
  release: 'e.release',
  userId: 'e.user_id',
  sessionId: 'e.session_id',
  traceName: TRACE_NAME,
  level: 'e.level',
  statusMessage: 'e.status_message',
  promptName: 'e.prompt_name',
  promptVersion: 'toFloat64(e.prompt_version)',
  modelId: 'e.model_id',
  providedModelName: 'e.provided_model_name',
  totalCost: `toFloat64(${TOTAL_COST})`,
  ...MEASURES,
  input: 'e.input',
  output: 'e.output',
  traceTags: 'e.tags',
  hasParentObservation: `e.parent_span_id != ''`,
  isRootObservation: IS_ROOT,
  hasInput: 'e.input_length > 0',
  hasOutput: 'e.output_length > 0',
  experimentDatasetId: 'e.experiment_dataset_id',
  experimentId: 'e.experiment_id',
  experimentName: 'e.experiment_name',
  ingestionApiKey: 'e.ingestion_api_key',
  ingestionSdkName: 'e.ingestion_sdk_name',
  ingestionSdkVersion: 'e.ingestion_sdk_version',
  ingestionSource: 'e.source',
  bookmarked: 'e.bookmarked',
  public: 'e.public',
};

export const EVENTS_FILTERS: FilterSql = {
  columns: COLUMNS,
  metadataValue: (name) => `e.metadata_values[indexOf(e.metadata_names, ${name})]`,
  searched: {
    id: [COLUMNS.id, COLUMNS.name, COLUMNS.userId, COLUMNS.sessionId, COLUMNS.traceName],
    content: [COLUMNS.input, COLUMNS.output],
  },
  ties: ['e.start_time', 'e.span_id', 'e.trace_id'],
};

/** What the columns of filters are in the table, as `e`. Times are microseconds, other numbers Float64. */
import { IS_ROOT, microsecondsBetween, TOTAL_COST, TRACE_NAME } from '../sources/events-expressions.ts';
import type { FilterColumn } from './columns.ts';

const seconds = (later: string) => `${microsecondsBetween('e.start_time', later)} / 1000000`;
/** Entries whose name contains the word: `input` also means `input_cache_read`. The table's own calculated columns do the same. */
const partOf = (map: string, word: string) =>
  `mapValues(mapFilter((word, amount) -> positionCaseInsensitive(word, '${word}') > 0, ${map}))`;
/** Not added as integers: those wrap. */
const sumOfTokens = (amounts: string) => `arraySum(amount -> toFloat64(amount), ${amounts})`;
const tokens = (word: string) => sumOfTokens(partOf('e.usage_details', word));
/** Added as decimals: exact. */
const cost = (word: string) => `toFloat64(arraySum(${partOf('e.cost_details', word)}))`;

const LATENCY = seconds('e.end_time');

/**
 * Expressions of the columns; metadata, which is read by name, has {@link metadataValue}. Whether there is an input is told by its length,
 * a narrow column of both tables.
 */
export const COLUMN_SQL: Readonly<Record<Exclude<FilterColumn, 'metadata'>, string>> = {
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
  inputTokens: tokens('input'),
  outputTokens: tokens('output'),
  totalTokens:
    `if(mapContains(e.usage_details, 'total'), toFloat64(e.usage_details['total']), ` +
    `${sumOfTokens('mapValues(e.usage_details)')})`,
  inputCost: cost('input'),
  outputCost: cost('output'),
  latency: LATENCY,
  timeToFirstToken: seconds('e.completion_start_time'),
  tokensPerSecond: `if(${LATENCY} > 0, ${tokens('output')} / (${LATENCY}), NULL)`,
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
  toolNames: 'mapKeys(e.tool_definitions)',
  calledToolNames: 'e.tool_call_names',
  toolDefinitions: 'toFloat64(length(e.tool_definitions))',
  toolCalls: 'toFloat64(length(e.tool_calls))',
  ingestionApiKey: 'e.ingestion_api_key',
  ingestionSdkName: 'e.ingestion_sdk_name',
  ingestionSdkVersion: 'e.ingestion_sdk_version',
  ingestionSource: 'e.source',
  bookmarked: 'e.bookmarked',
  public: 'e.public',
};

/** The value of a name in the metadata: the first of repeated names wins, '' when there is none. */
export function metadataValue(name: string): string {
  return `e.metadata_values[indexOf(e.metadata_names, ${name})]`;
}

import { columnsOf, same } from './columns.ts';
import type { SourceDefinition } from './definition.ts';
import { nullableText, plain, text, textMap } from './expressions.ts';
import { dayKey, eventMicrosOf, KEY_DAY, metadataValue, orEmpty } from './legacy.ts';

/** Rows of the legacy table `scores`. Names and order never change; new columns go to the end of a group. */
export const scoresSource: SourceDefinition = {
  name: 'scores',
  columns: columnsOf({
    core: {
      ...same(text, 'id'),
      ...same(plain, 'timestamp'),
      ...same(text, 'project_id'),
      ...same(nullableText, 'trace_id', 'session_id', 'observation_id'),
      ...same(plain, 'event_ts'),
    },
    basic: {
      ...same(text, 'name'),
      ...same(plain, 'value'),
      ...same(nullableText, 'string_value', 'long_string_value', 'data_type', 'source', 'comment', 'environment'),
      ...same(nullableText, 'author_user_id', 'config_id', 'queue_id', 'dataset_run_id', 'execution_trace_id'),
    },
    time: same(plain, 'created_at', 'updated_at'),
    metadata: same(textMap, 'metadata'),
    instrumentation: same(nullableText, 'ingestion_sdk_name', 'ingestion_sdk_version'),
  }),
  fullOnlyGroups: ['metadata'],
  key: dayKey('scores', 'timestamp', [KEY_DAY, 'name', 'id']),
  filters: {
    columns: {
      id: 'e.id',
      traceId: orEmpty('trace_id'),
      startTime: eventMicrosOf('timestamp'),
      name: 'e.name',
      environment: 'e.environment',
      sessionId: orEmpty('session_id'),
      ingestionApiKey: 'e.ingestion_api_key',
      ingestionSdkName: 'e.ingestion_sdk_name',
      ingestionSdkVersion: 'e.ingestion_sdk_version',
      observationId: orEmpty('observation_id'),
      value: 'e.value',
      stringValue: orEmpty('string_value'),
      dataType: 'e.data_type',
      source: 'e.source',
      comment: orEmpty('comment'),
      authorUserId: orEmpty('author_user_id'),
      configId: orEmpty('config_id'),
      queueId: orEmpty('queue_id'),
      datasetRunId: orEmpty('dataset_run_id'),
    },
    metadataValue,
    searched: {
      id: ['e.id', 'e.name', orEmpty('trace_id'), orEmpty('session_id')],
      content: [orEmpty('comment'), orEmpty('string_value'), 'e.long_string_value'],
    },
    ties: ['e.timestamp', 'e.id', 'e.name'],
  },
  rowBytes: { full: 'toUInt64(512)', core: 'toUInt64(512)' },
};

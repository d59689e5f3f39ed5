import { columnsOf, same } from './columns.ts';
import type { SourceDefinition } from './definition.ts';
import { millisecondsBetween, nullableText, numberMap, plain, text, textMap, texts } from './expressions.ts';
import { dayKey, eventMicrosOf, KEY_DAY, LENGTHS, metadataValue, orEmpty } from './legacy.ts';
import { MEASURES } from './measures.ts';

/** Rows of the legacy table `observations`; names as in `events`. Names and order never change; new columns go to the end of a group. */
export const observationsSource: SourceDefinition = {
  name: 'observations',
  columns: columnsOf({
    core: {
      ...same(text, 'id', 'trace_id'),
      ...same(plain, 'start_time', 'end_time'),
      ...same(text, 'project_id'),
      ...same(nullableText, 'parent_observation_id', 'type'),
      ...same(plain, 'event_ts'),
    },
    basic: {
      ...same(text, 'name'),
      ...same(nullableText, 'level', 'status_message', 'version', 'environment'),
    },
    time: same(plain, 'completion_start_time', 'created_at', 'updated_at'),
    io: same(text, 'input', 'output'),
    metadata: same(textMap, 'metadata'),
    model: {
      ...same(nullableText, 'provided_model_name'),
      model_id: nullableText('e.internal_model_id'),
      ...same(nullableText, 'model_parameters'),
    },
    usage: {
      ...same(numberMap, 'usage_details', 'cost_details'),
      ...same(plain, 'total_cost'),
      ...same(nullableText, 'usage_pricing_tier_id', 'usage_pricing_tier_name'),
    },
    prompt: { ...same(nullableText, 'prompt_id', 'prompt_name'), ...same(plain, 'prompt_version') },
    metrics: {
      latency_ms: millisecondsBetween('e.start_time', 'e.end_time'),
      time_to_first_token_ms: millisecondsBetween('e.start_time', 'e.completion_start_time'),
    },
    tools: { ...same(textMap, 'tool_definitions'), ...same(texts, 'tool_calls', 'tool_call_names') },
  }),
  fullOnlyGroups: ['io', 'metadata'],
  key: dayKey('observations', 'start_time', ['type', KEY_DAY, 'id']),
  filters: {
    columns: {
      id: 'e.id',
      traceId: 'e.trace_id',
      startTime: eventMicrosOf('start_time'),
      endTime: 'toUnixTimestamp64Milli(e.end_time) * 1000',
      name: 'e.name',
      type: 'e.type',
      environment: 'e.environment',
      version: orEmpty('version'),
      level: 'e.level',
      statusMessage: orEmpty('status_message'),
      promptName: orEmpty('prompt_name'),
      promptVersion: 'toFloat64(e.prompt_version)',
      modelId: orEmpty('internal_model_id'),
      providedModelName: orEmpty('provided_model_name'),
      totalCost: 'toFloat64(ifNull(e.total_cost, 0))',
      ...MEASURES,
      input: orEmpty('input'),
      output: orEmpty('output'),
      hasInput: `${orEmpty('input')} != ''`,
      hasOutput: `${orEmpty('output')} != ''`,
      hasParentObservation: `${orEmpty('parent_observation_id')} != ''`,
      isRootObservation: `${orEmpty('parent_observation_id')} = ''`,
    },
    metadataValue,
    searched: { id: ['e.id', 'e.name'], content: [orEmpty('input'), orEmpty('output')] },
    ties: ['e.start_time', 'e.id', 'e.type'],
  },
  lengths: LENGTHS,
  rowBytes: { full: 'toUInt64(4096)', core: 'toUInt64(1024)' },
};

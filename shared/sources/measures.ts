/** SQL of tokens, costs and durations that `events` and the legacy `observations` store alike, over the table as `e`. */
import type { FilterColumn } from '../filters/columns.ts';
import { microsecondsBetween } from './events-expressions.ts';

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

export const MEASURES = {
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
  toolNames: 'mapKeys(e.tool_definitions)',
  calledToolNames: 'e.tool_call_names',
  toolDefinitions: 'toFloat64(length(e.tool_definitions))',
  toolCalls: 'toFloat64(length(e.tool_calls))',
} as const satisfies Partial<Record<FilterColumn, string>>;

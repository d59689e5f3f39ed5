/** What filters, search and order mean, in plain JavaScript over the rows: written apart from the SQL. */
import type { FilterColumn } from '../../shared/filters/columns.ts';
import type { Filter } from '../../shared/filters/filter.ts';
import type { Order } from '../../shared/filters/order.ts';
import type { Search } from '../../shared/filters/search.ts';
import { microsOf, type Row } from './rows.ts';

type Value = string | number | bigint | boolean | null | string[];

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
const named = (map: Record<string, number>, word: string) =>
  Object.entries(map).flatMap(([name, value]) => (name.toLowerCase().includes(word) ? [value] : []));
const money = (amounts: readonly number[]) =>
  Number(amounts.reduce((total, one) => total + BigInt(one.toFixed(12).replace('.', '')), 0n)) / 1e12;
const isRoot = (row: Row) => row.parent_span_id === '' || row.is_app_root;
const secondsTo = (row: Row, time: string | null) =>
  time === null ? null : Number(microsOf(time) - microsOf(row.start_time)) / 1e6;

function speedOf(row: Row): number | null {
  const latency = secondsTo(row, row.end_time);
  return latency === null || latency <= 0 ? null : sum(named(row.usage_details, 'output')) / latency;
}

const text = (name: string) => (row: Row) => row.texts[name] ?? null;

const VALUES: Record<Exclude<FilterColumn, 'metadata'>, (row: Row) => Value> = {
  id: (row) => row.span_id,
  traceId: text('trace_id'),
  startTime: (row) => microsOf(row.start_time),
  endTime: (row) => (row.end_time === null ? null : microsOf(row.end_time)),
  name: text('name'),
  type: text('type'),
  environment: text('environment'),
  version: text('version'),
  release: text('release'),
  userId: text('user_id'),
  sessionId: text('session_id'),
  traceName: ({ texts, ...row }) => texts.trace_name || (isRoot({ texts, ...row }) && texts.name) || '',
  level: text('level'),
  statusMessage: text('status_message'),
  promptName: text('prompt_name'),
  promptVersion: (row) => row.prompt_version,
  modelId: text('model_id'),
  providedModelName: text('provided_model_name'),
  totalCost: (row) => row.cost_details.total ?? 0,
  inputTokens: (row) => sum(named(row.usage_details, 'input')),
  outputTokens: (row) => sum(named(row.usage_details, 'output')),
  totalTokens: (row) => row.usage_details.total ?? sum(Object.values(row.usage_details)),
  inputCost: (row) => money(named(row.cost_details, 'input')),
  outputCost: (row) => money(named(row.cost_details, 'output')),
  latency: (row) => secondsTo(row, row.end_time),
  timeToFirstToken: (row) => secondsTo(row, row.completion_start_time),
  tokensPerSecond: speedOf,
  input: text('input'),
  output: text('output'),
  traceTags: (row) => row.tags,
  hasParentObservation: (row) => row.parent_span_id !== '',
  isRootObservation: isRoot,
  hasInput: (row) => row.texts.input !== '',
  hasOutput: (row) => row.texts.output !== '',
  experimentDatasetId: text('experiment_dataset_id'),
  experimentId: text('experiment_id'),
  experimentName: text('experiment_name'),
  toolNames: (row) => Object.keys(row.tool_definitions),
  calledToolNames: (row) => row.tool_call_names,
  toolDefinitions: (row) => Object.keys(row.tool_definitions).length,
  toolCalls: (row) => row.tool_calls.length,
  ingestionApiKey: text('ingestion_api_key'),
  ingestionSdkName: text('ingestion_sdk_name'),
  ingestionSdkVersion: text('ingestion_sdk_version'),
  ingestionSource: text('source'),
  bookmarked: (row) => row.bookmarked,
  public: (row) => row.public,
  observationId: text('observation_id'),
  value: (row) => row.value ?? null,
  stringValue: text('string_value'),
  dataType: text('data_type'),
  source: text('source'),
  comment: text('comment'),
  authorUserId: text('author_user_id'),
  configId: text('config_id'),
  queueId: text('queue_id'),
  datasetRunId: text('dataset_run_id'),
};

/** Of metadata, the value of `key`. */
export function valueIn(row: Row, column: FilterColumn, key = ''): Value {
  if (column !== 'metadata') return VALUES[column](row);
  const at = row.metadata_names.indexOf(key);
  return row.metadata_values[at] ?? '';
}

function compared<T extends string | number | bigint>(value: T, operator: string, other: T): boolean {
  switch (operator) {
    case '=':
      return value === other;
    case '>':
      return value > other;
    case '<':
      return value < other;
    case '>=':
      return value >= other;
    case '<=':
      return value <= other;
    default:
      throw new Error(operator);
  }
}

function textMatches(value: string, operator: string, other: string): boolean {
  switch (operator) {
    case 'contains':
      return value.includes(other);
    case 'does not contain':
      return !value.includes(other);
    case 'starts with':
      return value.startsWith(other);
    case 'ends with':
      return value.endsWith(other);
    default:
      return compared(value, operator, other);
  }
}

export function matches(row: Row, filter: Filter): boolean {
  const value = valueIn(row, filter.column, filter.key);
  switch (filter.type) {
    case 'string':
    case 'stringObject':
      return textMatches(String(value), filter.operator, filter.value);
    case 'stringOptions':
      return filter.value.includes(String(value)) === (filter.operator === 'any of');
    case 'arrayOptions': {
      const list = Array.isArray(value) ? value : [];
      const found = filter.value.filter((option) => list.includes(option)).length;
      if (filter.operator === 'all of') return found === filter.value.length;
      return found > 0 === (filter.operator === 'any of');
    }
    case 'datetime': {
      const [whole = '', fraction = ''] = filter.value.replace('Z', '').split('.');
      const other = microsOf(`${whole.padEnd(19, 'T00:00:00').slice(0, 19)}.${fraction.padEnd(6, '0')}`);
      return typeof value === 'bigint' && compared(value, filter.operator, other);
    }
    case 'number':
      return typeof value === 'number' && compared(value, filter.operator, filter.value);
    case 'numberObject':
      return value !== '' && !Number.isNaN(Number(value)) && compared(Number(value), filter.operator, filter.value);
    case 'boolean':
      return (value === filter.value) === (filter.operator === '=');
    case 'null': {
      const none = value === null || value === '' || (Array.isArray(value) && value.length === 0);
      return none === (filter.operator === 'is null');
    }
  }
}

export function isFound(row: Row, { query, types }: Search): boolean {
  const ids = (['id', 'name', 'userId', 'sessionId', 'traceName'] as const).map((column) => valueIn(row, column));
  const places = [
    ...(types.includes('id') ? ids : []),
    ...(types.includes('content') ? [row.texts.input, row.texts.output] : []),
  ];
  return places.some((place) => String(place).toLowerCase().includes(query.toLowerCase()));
}

function order(left: Value, right: Value): number {
  if (typeof left === 'string' && typeof right === 'string')
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  if (left === right || left === null || right === null) return 0;
  return left < right ? -1 : 1;
}

/** In the order of the table: nulls last, ties by start time, id and trace. */
export function sorted(rows: readonly Row[], { column, direction }: Order): Row[] {
  const sign = direction === 'ASC' ? 1 : -1;
  return rows.toSorted((left, right) => {
    const [a, b] = [valueIn(left, column), valueIn(right, column)];
    if ((a === null) !== (b === null)) return a === null ? 1 : -1;
    const ties = (['startTime', 'id', 'traceId'] as const).map((tie) => order(valueIn(left, tie), valueIn(right, tie)));
    return sign * ([order(a, b), ...ties].find((difference) => difference !== 0) ?? 0);
  });
}

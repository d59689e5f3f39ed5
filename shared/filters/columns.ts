/**
 * What can be filtered by, and how: names only, so that forms and validators load no SQL (each source's definition has that).
 * Seconds for latency, timeToFirstToken and tokensPerSecond; counts for toolDefinitions and toolCalls.
 */
import type { SourceName } from '../sources/catalog.ts';

/** Types of filters and their operators, as Langfuse's clients send them. */
export const OPERATORS = {
  datetime: ['>', '<', '>=', '<='],
  string: ['=', 'contains', 'does not contain', 'starts with', 'ends with'],
  stringOptions: ['any of', 'none of'],
  arrayOptions: ['any of', 'none of', 'all of'],
  number: ['=', '>', '<', '>=', '<='],
  stringObject: ['=', 'contains', 'does not contain', 'starts with', 'ends with'],
  numberObject: ['=', '>', '<', '>=', '<='],
  boolean: ['=', '<>'],
  null: ['is null', 'is not null'],
} as const;
export type FilterType = keyof typeof OPERATORS;
/** Operators of a type of filter. */
export type OperatorOf<T extends FilterType> = (typeof OPERATORS)[T][number];

/** Filter types per kind of column. */
const TYPES = {
  /** '' stands for null. */
  text: ['string', 'stringOptions', 'null'],
  /** Input and output: too long to choose from a list. */
  longText: ['string', 'null'],
  time: ['datetime', 'null'],
  /** Never null: what was not measured counts 0. */
  number: ['number'],
  nullableNumber: ['number', 'null'],
  texts: ['arrayOptions', 'null'],
  /** Named values; a missing name counts as ''. */
  pairs: ['stringObject', 'numberObject'],
  flag: ['boolean'],
} as const satisfies Record<string, readonly FilterType[]>;
export type ColumnKind = keyof typeof TYPES;

/** Columns of `events`; the legacy tables have some of them. */
const EVENT_COLUMNS = {
  id: 'text',
  traceId: 'text',
  startTime: 'time',
  endTime: 'time',
  name: 'text',
  type: 'text',
  environment: 'text',
  version: 'text',
  release: 'text',
  userId: 'text',
  sessionId: 'text',
  traceName: 'text',
  level: 'text',
  statusMessage: 'text',
  promptName: 'text',
  promptVersion: 'nullableNumber',
  modelId: 'text',
  providedModelName: 'text',
  totalCost: 'number',
  inputTokens: 'number',
  outputTokens: 'number',
  totalTokens: 'number',
  inputCost: 'number',
  outputCost: 'number',
  latency: 'nullableNumber',
  timeToFirstToken: 'nullableNumber',
  tokensPerSecond: 'nullableNumber',
  input: 'longText',
  output: 'longText',
  metadata: 'pairs',
  traceTags: 'texts',
  hasParentObservation: 'flag',
  isRootObservation: 'flag',
  hasInput: 'flag',
  hasOutput: 'flag',
  experimentDatasetId: 'text',
  experimentId: 'text',
  experimentName: 'text',
  toolNames: 'texts',
  calledToolNames: 'texts',
  toolDefinitions: 'number',
  toolCalls: 'number',
  ingestionApiKey: 'text',
  ingestionSdkName: 'text',
  ingestionSdkVersion: 'text',
  ingestionSource: 'text',
  bookmarked: 'flag',
  public: 'flag',
} as const satisfies Record<string, ColumnKind>;
export type EventFilterColumn = keyof typeof EVENT_COLUMNS;

/** Columns that only `scores` have. */
const SCORE_COLUMNS = {
  observationId: 'text',
  value: 'number',
  stringValue: 'text',
  dataType: 'text',
  source: 'text',
  comment: 'text',
  authorUserId: 'text',
  configId: 'text',
  queueId: 'text',
  datasetRunId: 'text',
} as const satisfies Record<string, ColumnKind>;

/** Every column of a filter. */
export const FILTER_COLUMNS = { ...EVENT_COLUMNS, ...SCORE_COLUMNS } as const;
export type FilterColumn = keyof typeof FILTER_COLUMNS;

export function isFilterColumn(value: unknown): value is FilterColumn {
  return typeof value === 'string' && Object.hasOwn(FILTER_COLUMNS, value);
}

/** What the legacy tables have. */
const LEGACY_COLUMNS = {
  traces: [
    ...(['id', 'traceId', 'startTime', 'name', 'traceName', 'environment', 'version', 'release', 'userId'] as const),
    ...([
      'sessionId',
      'input',
      'output',
      'hasInput',
      'hasOutput',
      'metadata',
      'traceTags',
      'bookmarked',
      'public',
    ] as const),
  ],
  observations: [
    ...(['id', 'traceId', 'startTime', 'endTime', 'name', 'type', 'environment', 'version', 'level'] as const),
    ...(['statusMessage', 'promptName', 'promptVersion', 'modelId', 'providedModelName', 'totalCost'] as const),
    ...([
      'inputTokens',
      'outputTokens',
      'totalTokens',
      'inputCost',
      'outputCost',
      'latency',
      'timeToFirstToken',
    ] as const),
    ...(['tokensPerSecond', 'input', 'output', 'metadata', 'hasParentObservation', 'isRootObservation'] as const),
    ...(['hasInput', 'hasOutput', 'toolNames', 'calledToolNames', 'toolDefinitions', 'toolCalls'] as const),
  ],
  scores: [
    ...(['id', 'traceId', 'startTime', 'name', 'environment', 'sessionId', 'metadata'] as const),
    ...(['ingestionApiKey', 'ingestionSdkName', 'ingestionSdkVersion'] as const),
    ...(['observationId', 'value', 'stringValue', 'dataType', 'source', 'comment', 'authorUserId'] as const),
    ...(['configId', 'queueId', 'datasetRunId'] as const),
  ],
} satisfies Record<Exclude<SourceName, 'events'>, readonly FilterColumn[]>;

/** What rows of a source can be filtered and sorted by. */
export function filterColumnsOf(source: SourceName): readonly FilterColumn[] {
  return source === 'events' ? Object.keys(EVENT_COLUMNS).filter(isFilterColumn) : LEGACY_COLUMNS[source];
}

/** What is wrong with a column of a filter or order for a source, or undefined when it has it. */
export function columnProblem(column: FilterColumn, source: SourceName): string | undefined {
  const columns = filterColumnsOf(source);
  if (columns.includes(column)) return undefined;
  return `the source ${source} has no ${column}; it has ${columns.join(', ')}`;
}

/** Types of filters that a column takes. */
export function filterTypesOf(column: FilterColumn): readonly FilterType[] {
  return TYPES[FILTER_COLUMNS[column]];
}

/** Columns whose values the cheaper copy of the table cuts short. (Whether input and output are there, it knows too.) */
export const FULL_TABLE_COLUMNS: ReadonlySet<FilterColumn> = new Set(['input', 'output', 'metadata']);

/**
 * What can be filtered by, and how: names only, so that forms and validators load no SQL (`column-sql.ts` has that).
 * Seconds for latency, timeToFirstToken and tokensPerSecond; counts for toolDefinitions and toolCalls.
 */

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

/** Every column of a filter. */
export const FILTER_COLUMNS = {
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
export type FilterColumn = keyof typeof FILTER_COLUMNS;

export function isFilterColumn(value: unknown): value is FilterColumn {
  return typeof value === 'string' && Object.hasOwn(FILTER_COLUMNS, value);
}

/** Types of filters that a column takes. */
export function filterTypesOf(column: FilterColumn): readonly FilterType[] {
  return TYPES[FILTER_COLUMNS[column]];
}

/** Columns whose values the cheaper copy of the table cuts short. (Whether input and output are there, it knows too.) */
export const FULL_TABLE_COLUMNS: ReadonlySet<FilterColumn> = new Set(['input', 'output', 'metadata']);

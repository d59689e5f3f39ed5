/** The names that configurations may use: kept apart from the SQL so that forms and validators load nothing else. */

/** Tables that can be exported. */
export const SOURCES = ['events'] as const;
export type SourceName = (typeof SOURCES)[number];

/** Groups of columns of the `events` source, in the order of the file. `core` is always exported, chosen or not. */
export const COLUMN_GROUPS = [
  'core',
  'basic',
  'time',
  'io',
  'metadata',
  'model',
  'usage',
  'prompt',
  'metrics',
  'trace_context',
  'tools',
  'experiment',
  'instrumentation',
] as const;
export type ColumnGroup = (typeof COLUMN_GROUPS)[number];

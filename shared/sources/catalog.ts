/** The names that configurations may use: kept apart from the SQL so that forms and validators load nothing else. */

/** Tables that can be exported: `events`, and those of the older data model. */
export const SOURCES = ['events', 'traces', 'observations', 'scores'] as const;
export type SourceName = (typeof SOURCES)[number];

/**
 * Sources whose `updated_at` has no index: their live periods look for changes among rows of the last days of event time only
 * (`lookBackDays` of the configuration). A row that is older when it is written or changed reaches no live period.
 */
export const LOOK_BACK_SOURCES: readonly SourceName[] = ['traces', 'observations', 'scores'];
export const DEFAULT_LOOK_BACK_DAYS = 7;

/** Groups of columns, in the order of the file. `core` is always exported, chosen or not; a source may have none of a group. */
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

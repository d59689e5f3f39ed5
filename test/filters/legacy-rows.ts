/** The rows of `rows.ts` as the legacy tables store them, and what a reader sees of them in the words of the events table. */
import type { Search } from '../../shared/filters/search.ts';
import { type Row, rowsOf } from './rows.ts';

export const LEGACY_SOURCES = ['traces', 'observations', 'scores'] as const;
export type LegacySource = (typeof LEGACY_SOURCES)[number];

type Stored = Record<string, unknown>;

interface LegacyTable {
  /** The column of the event time. */
  time: 'timestamp' | 'start_time';
  /** Columns beside those that all three tables have, as ClickHouse takes them in JSONEachRow; texts that may be null are null half the times they are ''. */
  stored: (row: Row, nullable: (column: string) => string | null) => Stored;
  /** What filters see of it: a row of the events table that means the same. */
  seen: (row: Row) => Row;
  /** Columns in which a search looks. */
  searched: Record<Search['types'][number], readonly string[]>;
  /** Columns of the sort key beside project, day and id. */
  keyTexts: readonly string[];
}

/** Texts of scores that may be null, and the column of the events table whose values they take. */
const SCORE_TEXTS = {
  observation_id: 'trace_name',
  string_value: 'input',
  comment: 'status_message',
  author_user_id: 'user_id',
  config_id: 'prompt_name',
  queue_id: 'model_id',
  dataset_run_id: 'experiment_id',
};

const contents = (nullable: (column: string) => string | null) => ({
  version: nullable('version'),
  input: nullable('input'),
  output: nullable('output'),
});

export const LEGACY_TABLES: Record<LegacySource, LegacyTable> = {
  traces: {
    time: 'timestamp',
    stored: (row, nullable) => ({
      ...contents(nullable),
      user_id: nullable('user_id'),
      session_id: nullable('session_id'),
      release: nullable('release'),
      tags: row.tags,
      bookmarked: row.bookmarked,
      public: row.public,
    }),
    seen: (row) => ({ ...row, texts: { ...row.texts, trace_id: row.span_id, trace_name: row.texts.name ?? '' } }),
    searched: { id: ['id', 'name', 'user_id', 'session_id'], content: ['input', 'output'] },
    keyTexts: [],
  },
  observations: {
    time: 'start_time',
    stored: (row, nullable) => ({
      ...contents(nullable),
      trace_id: row.texts.trace_id,
      type: row.texts.type,
      parent_observation_id: row.parent_span_id === '' && row.bookmarked ? null : row.parent_span_id,
      end_time: row.end_time,
      completion_start_time: row.completion_start_time,
      level: row.texts.level,
      status_message: nullable('status_message'),
      provided_model_name: nullable('provided_model_name'),
      internal_model_id: nullable('model_id'),
      usage_details: row.usage_details,
      cost_details: row.cost_details,
      total_cost: totalCostOf(row),
      tool_definitions: row.tool_definitions,
      tool_calls: row.tool_calls,
      tool_call_names: row.tool_call_names,
      prompt_name: nullable('prompt_name'),
      prompt_version: row.prompt_version,
    }),
    // The total is a column of its own, whatever the details say; being a root is told by the parent alone.
    seen: (row) => ({
      ...row,
      is_app_root: false,
      cost_details: { ...row.cost_details, total: totalCostOf(row) ?? 0 },
    }),
    searched: { id: ['id', 'name'], content: ['input', 'output'] },
    keyTexts: ['type'],
  },
  scores: {
    time: 'timestamp',
    stored: (row, nullable) => ({
      trace_id: nullable('trace_id'),
      session_id: nullable('session_id'),
      value: scoreOf(row),
      source: row.texts.source,
      data_type: row.texts.type,
      long_string_value: row.texts.output,
      ...Object.fromEntries(Object.entries(SCORE_TEXTS).map(([column, from]) => [column, nullable(from)])),
      ingestion_api_key: row.texts.ingestion_api_key,
      ingestion_sdk_name: row.texts.ingestion_sdk_name,
      ingestion_sdk_version: row.texts.ingestion_sdk_version,
    }),
    seen: (row) => ({
      ...row,
      value: scoreOf(row),
      texts: {
        ...row.texts,
        data_type: row.texts.type ?? '',
        ...Object.fromEntries(Object.entries(SCORE_TEXTS).map(([column, from]) => [column, row.texts[from] ?? ''])),
      },
    }),
    searched: {
      id: ['id', 'name', 'trace_id', 'session_id'],
      content: ['comment', 'string_value', 'long_string_value'],
    },
    keyTexts: ['name'],
  },
};

/** Rows whose times have three digits, as in the legacy tables, and whose metadata has no name twice. */
export function legacyRowsOf(projectId: string): Row[] {
  const cut = (time: string) => `${time.slice(0, 23)}000`;
  const cutOrNull = (time: string | null) => (time === null ? null : cut(time));
  return rowsOf(projectId).map((row) => {
    const metadata = Object.entries(metadataOf(row));
    return {
      ...row,
      start_time: cut(row.start_time),
      end_time: cutOrNull(row.end_time),
      completion_start_time: cutOrNull(row.completion_start_time),
      metadata_names: metadata.map(([name]) => name),
      metadata_values: metadata.map(([, value]) => value),
    };
  });
}

/** One version of a row of the table. @param at `2026-01-02 00:00:00`, when it was written */
export function storedIn(source: LegacySource, row: Row, at: string, deleted = false): Stored {
  const { time, stored } = LEGACY_TABLES[source];
  const nullable = (column: string) => {
    const text = row.texts[column] ?? '';
    return text === '' && row.bookmarked ? null : text;
  };
  return {
    project_id: row.project_id,
    id: row.span_id,
    name: row.texts.name,
    environment: row.texts.environment,
    metadata: metadataOf(row),
    [time]: row.start_time,
    ...stored(row, nullable),
    ...{ created_at: at, updated_at: at, event_ts: at, is_deleted: deleted ? 1 : 0 },
  };
}

/**
 * A version that a newer one of `row` supersedes: the values of another row under the same key, at another time of the same day, which
 * the sort key does not hold.
 */
export function supersededBy(source: LegacySource, row: Row, other: Row): Row {
  const { keyTexts } = LEGACY_TABLES[source];
  const kept = Object.fromEntries(keyTexts.map((name) => [name, row.texts[name] ?? '']));
  return {
    ...other,
    span_id: row.span_id,
    // Before 1970 ClickHouse cuts fractions towards 1970: the last instants of 1969 count as the day after.
    start_time: row.start_time < '1970' ? row.start_time : `${row.start_time.slice(0, 10)} 12:34:56.789000`,
    texts: { ...other.texts, ...kept },
  };
}

/** Whether a search finds the row as it is stored. */
export function isFoundIn(source: LegacySource, row: Row, { query, types }: Search): boolean {
  const stored = storedIn(source, row, '');
  const columns = types.flatMap((type) => LEGACY_TABLES[source].searched[type]);
  return columns.some((column) =>
    String(stored[column] ?? '')
      .toLowerCase()
      .includes(query.toLowerCase()),
  );
}

/** Of repeated names the first; a missing value is ''. */
function metadataOf({ metadata_names: names, metadata_values: values }: Row): Record<string, string> {
  return Object.fromEntries(names.map((name, at): [string, string] => [name, values[at] ?? '']).toReversed());
}

const scoreOf = (row: Row) => (row.prompt_version ?? -1.5) / 5;

/** Not what the details say. */
function totalCostOf(row: Row): number | null {
  return row.bookmarked ? (row.cost_details.total ?? null) : 3.5;
}

import { IS_ROOT } from '../../shared/sources/events-expressions.ts';
import { textLiteral } from './literals.ts';

/** Where rows of the events table are carried over from and to. */
export interface LegacySet {
  /** The events table, as `database.table`. */
  events: string;
  /** The database of the tables `traces`, `observations` and `scores`. */
  database: string;
  projectId: string;
  /** Only versions whose `updated_at` is this instant or later (epoch ms); all when undefined. */
  writtenSince: number | undefined;
}

/** A column of the legacy table and its expression over the events table as `e`. */
type Column = readonly [name: string, expression: string];

/** Rounds down before 1970 too, where a cast to DateTime64(3) would round towards 1970. Null stays null. */
const milliseconds = (column: string): string => `toStartOfMillisecond(e.${column})`;
const same = (...names: string[]): Column[] => names.map((name) => [name, `e.${name}`]);
const emptyAsNull = (...names: string[]): Column[] => names.map((name) => [name, `nullIf(e.${name}, '')`]);
const instants = (...names: string[]): Column[] => names.map((name) => [name, milliseconds(name)]);

/** A map has each key once: of repeated names the first one wins, as in exports. */
const firstOfEachName = (list: string): string =>
  `arrayFilter((item, name, position) -> indexOf(e.metadata_names, name) = position, ${list}, e.metadata_names, arrayEnumerate(e.metadata_names))`;
const metadata = `mapFromArrays(${firstOfEachName('e.metadata_names')}, ${firstOfEachName("arrayResize(e.metadata_values, length(e.metadata_names), '')")})`;

const versioning: readonly Column[] = [...instants('created_at', 'updated_at', 'event_ts'), ...same('is_deleted')];

const traceColumns: readonly Column[] = [
  ['id', 'e.trace_id'],
  ['timestamp', milliseconds('start_time')],
  ['name', "if(e.trace_name != '', e.trace_name, e.name)"],
  ...emptyAsNull('user_id', 'session_id', 'release', 'version', 'input', 'output'),
  ...same('project_id', 'environment', 'public', 'bookmarked', 'tags'),
  ['metadata', metadata],
  ...versioning,
];

const observationColumns: readonly Column[] = [
  ['id', 'e.span_id'],
  ['parent_observation_id', "nullIf(e.parent_span_id, '')"],
  ...same('trace_id', 'project_id', 'environment', 'type', 'name', 'level'),
  ...instants('start_time', 'end_time', 'completion_start_time'),
  ...emptyAsNull('status_message', 'version', 'input', 'output', 'provided_model_name', 'model_parameters'),
  ['internal_model_id', "nullIf(e.model_id, '')"],
  ...same('provided_usage_details', 'usage_details', 'provided_cost_details', 'cost_details'),
  ['total_cost', "if(mapContains(e.cost_details, 'total'), e.cost_details['total'], NULL)"],
  ...emptyAsNull('usage_pricing_tier_id', 'usage_pricing_tier_name', 'prompt_id', 'prompt_name'),
  ...same('prompt_version', 'tool_definitions', 'tool_calls', 'tool_call_names'),
  ['metadata', metadata],
  ...versioning,
];

/** The rows of the project in a table, aliased `e`, that were written since the instant of the set. */
export function writtenRows(table: string, { projectId, writtenSince }: LegacySet): string {
  const since =
    writtenSince === undefined ? '' : ` AND e.updated_at >= fromUnixTimestamp64Milli(toInt64(${writtenSince}))`;
  return `${table} AS e WHERE e.project_id = ${textLiteral(projectId)}${since}`;
}

/**
 * INSERT of the versions that the table does not hold yet. Of versions within one millisecond only the last one comes: the legacy
 * tables could not tell which of them is newer.
 */
function insertVersions(set: LegacySet, table: string, columns: readonly Column[], condition = 'true'): string {
  const key = 'e.trace_id, e.span_id, e.start_time';
  const millisecond = `toUnixTimestamp64Milli(${milliseconds('event_ts')})`;
  const id = columns.flatMap(([name, expression]) => (name === 'id' ? [expression] : [])).join();
  return `INSERT INTO ${set.database}.${table} (${columns.map(([name]) => name).join(', ')})
SELECT ${columns.map(([, expression]) => expression).join(',\n  ')}
FROM ${writtenRows(set.events, set)} AND ${condition}
  AND (${key}, e.event_ts) NOT IN (
    SELECT ${key}, arrayJoin(arrayPopBack(arraySort(groupUniqArray(e.event_ts))))
    FROM ${writtenRows(set.events, set)} AND ${condition}
    GROUP BY ${key}, ${millisecond}
    HAVING min(e.event_ts) < max(e.event_ts))
  AND (${id}, ${millisecond}, e.is_deleted) NOT IN (
    SELECT e.id, ${millisecond}, e.is_deleted FROM ${writtenRows(`${set.database}.${table}`, set)})`;
}

/** One row of `traces` for every version of a root span. */
export function insertTraces(set: LegacySet): string {
  return insertVersions(set, 'traces', traceColumns, IS_ROOT);
}

/** One row of `observations` for every version of a span. */
export function insertObservations(set: LegacySet): string {
  return insertVersions(set, 'observations', observationColumns);
}

/** What the three tables of the older data model have in common: Nullable texts, metadata as a map, and a sort key that holds the day only. */
import type { FilterSql, SortKey } from './definition.ts';

/** A text filter's view of a Nullable column: '' stands for null. */
export const orEmpty = (column: string) => `ifNull(e.${column}, '')`;

/** Of repeated names the first wins, as in the file. */
export const metadataValue: FilterSql['metadataValue'] = (name) =>
  `mapValues(e.metadata)[indexOf(mapKeys(e.metadata), ${name})]`;

/** The day in the server's zone, as the key stores it. */
const dayOf = (seconds: string) => `toDate(toDateTime(${seconds}))`;
const secondsOf = (instant: string) => `toUnixTimestamp(${instant})`;

/**
 * The sort key of a table whose key holds the day of its event time: an update can move the exact time within the day and still replace
 * the row. So only the day may stand before FINAL; the exact time stands behind it, in a form that no index understands, else whole data
 * parts would be pruned by it, and superseded versions come back (measured: `reference/clickhouse-recipes.md` §1).
 *
 * @param time the column of the event time
 * @param version columns that name a version of a row: the sort key's own and `event_ts`
 */
export function dayKey(name: string, time: string, version: readonly string[]): SortKey {
  const column = `e.${time}`;
  const millis = `bitAnd(toUnixTimestamp64Milli(${column}), -1)`;
  const day = `toDate(${column})`;
  return {
    projectId: 'e.project_id',
    eventTime: column,
    rangeInKey: [
      `${day} >= ${dayOf(secondsOf(`{from:DateTime64(6,'UTC')}`))}`,
      `${day} <= ${dayOf(secondsOf(`subtractMicroseconds({to:DateTime64(6,'UTC')}, 1)`))}`,
    ],
    rangeAfterFinal: [
      `${millis} * 1000 >= toUnixTimestamp64Micro({from:DateTime64(6,'UTC')})`,
      `${millis} * 1000 < toUnixTimestamp64Micro({to:DateTime64(6,'UTC')})`,
    ],
    eventMicros: `(${millis} * 1000)`,
    stored: { column: day, of: dayOf, exact: false },
    hash: 'xxHash32(e.id)',
    createdAt: 'e.created_at',
    updatedAt: 'e.updated_at',
    updatedMicros: 'toUnixTimestamp64Micro(e.updated_at)',
    isDeleted: 'e.is_deleted',
    versionKey: `cityHash64('${name}', ${version.map((each) => `e.${each}`).join(', ')})`,
    settings: {
      do_not_merge_across_partitions_select_final: 0,
      // The days of the conditions must be those of the key, which are in the server's zone.
      session_timezone: '',
    },
  };
}

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

/** Texts that may be null, in characters. */
export const LENGTHS = {
  input: `lengthUTF8(${orEmpty('input')})`,
  output: `lengthUTF8(${orEmpty('output')})`,
} as const;

/**
 * An event time in microseconds since 1970, in a form that no index understands: an index on it would prune newer versions of a row,
 * which may lie at another time of the day, before FINAL sees them. For conditions behind FINAL, filters among them.
 */
export const eventMicrosOf = (time: string) => `(bitAnd(toUnixTimestamp64Milli(e.${time}), -1) * 1000)`;

/** Columns of a sort key: the day of the event time, or a text of the table. */
export const KEY_DAY = 'day';

/**
 * The sort key of a table whose key holds the day of its event time: an update can move the exact time within the day and still replace
 * the row. So only the day may stand before FINAL; the exact time stands behind it, in a form that no index understands, else whole data
 * parts would be pruned by it, and superseded versions come back (measured: `reference/clickhouse-recipes.md` §1).
 *
 * @param time the column of the event time
 * @param order the columns of the key behind the project; {@link KEY_DAY} stands for the day
 */
export function dayKey(name: string, time: string, order: readonly string[]): SortKey {
  const column = `e.${time}`;
  const micros = eventMicrosOf(time);
  const day = `toDate(${column})`;
  return {
    projectId: 'e.project_id',
    eventTime: column,
    rangeInKey: [
      `${day} >= ${dayOf(secondsOf(`{from:DateTime64(6,'UTC')}`))}`,
      `${day} <= ${dayOf(secondsOf(`subtractMicroseconds({to:DateTime64(6,'UTC')}, 1)`))}`,
    ],
    rangeAfterFinal: [
      `${micros} >= toUnixTimestamp64Micro({from:DateTime64(6,'UTC')})`,
      `${micros} < toUnixTimestamp64Micro({to:DateTime64(6,'UTC')})`,
    ],
    eventMicros: micros,
    stored: { column: day, of: dayOf, exact: false },
    order: order.map((each) =>
      each === KEY_DAY
        ? { sql: day, value: `toUInt16(${day})`, type: 'UInt16', of: (value) => `toDate(${value})` }
        : { sql: `e.${each}`, type: 'String' },
    ),
    hash: 'xxHash32(e.id)',
    createdAt: 'e.created_at',
    updatedAt: 'e.updated_at',
    updatedMicros: 'toUnixTimestamp64Micro(e.updated_at)',
    isDeleted: 'e.is_deleted',
    versionKey: `cityHash64('${name}', ${order.map((each) => (each === KEY_DAY ? day : `e.${each}`)).join(', ')}, e.event_ts)`,
    settings: {
      do_not_merge_across_partitions_select_final: 0,
      // The days of the conditions must be those of the key, which are in the server's zone.
      session_timezone: '',
    },
  };
}

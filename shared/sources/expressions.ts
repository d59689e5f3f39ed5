/** SQL of cell values per format family. Every rule was measured: `reference/clickhouse-recipes.md` §6. */
import type { FormatFamily, SourceColumn } from './definition.ts';
import { microsecondsBetween } from './events-expressions.ts';

type Cell = Pick<SourceColumn, 'sql' | 'guardedCsv'>;

/**
 * Valid UTF-8: each run of bad bytes becomes one U+FFFD, as JSON output does by itself. The padding is needed: a bare
 * `toValidUTF8` swallows good bytes behind a cut lead byte at the end of a text.
 */
export function cleanText(text: string): string {
  const padded = `toValidUTF8(concat(${text}, '   '))`;
  return `if(isValidUTF8(${text}), ${text}, substring(${padded}, 1, length(${padded}) - 3))`;
}

const cleanTexts = (texts: string) => `arrayMap(text -> ${cleanText('text')}, ${texts})`;

function guardFormula(text: string): string {
  return `if(match(${text}, '^[=+\\\\-@\\\\t\\\\r]'), concat('''', ${text}), ${text})`;
}

const inEveryFormat = (sql: string): Record<FormatFamily, string> => ({ csv: sql, json: sql, parquet: sql });

/** Times, numbers, booleans: written by ClickHouse as they are. */
export function plain(sql: string): Cell {
  return { sql: inEveryFormat(sql) };
}

/** Text; '' stays ''. */
export function text(sql: string): Cell {
  const clean = cleanText(sql);
  return { sql: { csv: clean, json: sql, parquet: clean }, guardedCsv: guardFormula(clean) };
}

/** Text whose '' stands for null. */
export function nullableText(sql: string): Cell {
  const clean = `nullIf(${cleanText(sql)}, '')`;
  return { sql: { csv: clean, json: `nullIf(${sql}, '')`, parquet: clean }, guardedCsv: guardFormula(clean) };
}

/** A list of texts; in CSV JSON text. Cleaned before `toJSONString`, never after: that would eat its quotes. */
export function texts(sql: string): Cell {
  const clean = cleanTexts(sql);
  return { sql: { csv: `toJSONString(${clean})`, json: sql, parquet: clean } };
}

/**
 * An object of two lists. Names may repeat (also only once cleaned): the first wins. `mapFromArrays` alone would keep both, and
 * fails the query on lists of unequal length; a missing value is read as the type's empty value here. The lists are bound once, as
 * the only elements of two lists: ClickHouse analyses an expression again for every place where it stands (measured: half the time of
 * an empty query over all columns).
 */
function firstWins(names: string, values: string, value: (sql: string) => string): string {
  const first = (list: string) => `arrayFilter((item, nth) -> nth = 1, ${list}, arrayEnumerateUniq(names))`;
  const keys = cleanTexts(names);
  const contents = `arrayMap(item -> ${value('item')}, arrayResize(${values}, length(${names})))`;
  return `arrayMap((names, contents) -> mapFromArrays(${first('names')}, ${first('contents')}), [${keys}], [${contents}])[1]`;
}

/** An object with text values from two lists: JSON object, Parquet MAP, in CSV JSON text. */
export function textPairs(names: string, values: string): Cell {
  const clean = firstWins(names, values, cleanText);
  return { sql: { csv: `toJSONString(${clean})`, json: firstWins(names, values, (sql) => sql), parquet: clean } };
}

/** A map with text values; maps can hold repeated keys too. */
export function textMap(map: string): Cell {
  return textPairs(`mapKeys(${map})`, `mapValues(${map})`);
}

/** A map with numbers. */
export function numberMap(map: string): Cell {
  const clean = firstWins(`mapKeys(${map})`, `mapValues(${map})`, (sql) => sql);
  return { sql: { csv: `toJSONString(${clean})`, json: clean, parquet: clean } };
}

/** `later − earlier` in milliseconds with fraction. */
export function millisecondsBetween(earlier: string, later: string): Cell {
  return plain(`${microsecondsBetween(earlier, later)} / 1000`);
}

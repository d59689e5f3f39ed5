import type { Dice } from './dice.ts';
import { textArrayLiteral } from './literals.ts';
import { everySpan } from './span-layout.ts';
import { hex64, type TimeRange } from './trace-rows.ts';
import { contentKinds, spansPerShape } from './trace-shapes.ts';

const numberArray = (values: readonly number[]): string => `[${values.join(',')}]`;

/** `base + delay`, or, where less time is left before `limit`, a random instant in that time (microseconds). */
function noLaterThan(limit: string, base: string, delay: string, fraction: string): string {
  return `${base} + 1 + least(${delay}, toInt64((${limit} - ${base} - 1) * ${fraction}))`;
}

/**
 * Adds to the rows of `traceRows` what is particular to each span: ids, type, name, kind of content, level, its times
 * (`spanStart`, `spanEnd`) and the times of writing of its versions (`writtenAt`, `updatedAt`, `deletedAt`), all in
 * microseconds. A span lies inside its parent; nothing is written after the end of the range.
 */
export function spanRows(dice: Dice, traces: string, range: TimeRange, lateShare: number): string {
  const at = `shape * ${spansPerShape} + span + 1`;
  const parents = everySpan(([, , parent]) => Math.max(0, parent));
  const kinds = everySpan(([, , , , kind]) => contentKinds.indexOf(kind));
  // Starts and ends move inwards by less than half the margin of the layout: see `marginMillionths`.
  const jitter = (salt: string): string => `toInt64(traceDuration * 0.001 * ${dice.unit(salt, 'n')})`;
  const seconds = (expression: string): string => `toInt64(1000000 * ${expression})`;
  const spanId = (row: string): string => hex64(dice.hash('span id', row));

  const placed = `SELECT *,
    ${at} AS place,
    traceStart + intDiv(traceDuration * ${numberArray(everySpan((_, place) => place.from))}[place], 1000000) + ${jitter('start')} AS spanStart,
    traceStart + intDiv(traceDuration * ${numberArray(everySpan((_, place) => place.to))}[place], 1000000) - ${jitter('end')} AS spanEnd,
    if(${dice.chance(lateShare, 'late', 'n')}, ${seconds(`pow(10, 3.5 + 2.2 * ${dice.unit('delay', 'n')})`)},
      ${seconds(`pow(10, -0.5 + 1.2 * ${dice.unit('delay', 'n')})`)}) AS delay,
    ${dice.below(1000, 'level', 'n')} AS luck
  FROM (${traces})`;

  const written = `SELECT *,
    ${noLaterThan(`(${range.toMicros} - 2000000)`, 'spanEnd', 'delay', dice.unit('written', 'n'))} AS writtenAt
  FROM (${placed})`;

  const updated = `SELECT *,
    ${noLaterThan(`(${range.toMicros} - 1000000)`, 'writtenAt', seconds(`pow(10, 1 + 4.5 * ${dice.unit('update delay', 'n')})`), dice.unit('updated', 'n'))} AS updatedAt
  FROM (${written})`;

  return `SELECT *,
    ${noLaterThan(`${range.toMicros}`, 'updatedAt', seconds(`pow(10, 3 + 3 * ${dice.unit('delete delay', 'n')})`), dice.unit('deleted', 'n'))} AS deletedAt,
    ${spanId('n')} AS spanId,
    if(span = 0, '', ${spanId(`(n - span + ${numberArray(parents)}[place])`)}) AS parentId,
    ${spanId('(n - span)')} AS rootSpanId,
    ${textArrayLiteral(everySpan(([type]) => type))}[place] AS spanType,
    ${textArrayLiteral(everySpan(([, name]) => name))}[place] AS spanName,
    ${numberArray(kinds)}[place] AS kind,
    spanType = 'GENERATION' AS isGeneration,
    multiIf(luck < 30, 'ERROR', luck < 80, 'WARNING', luck < 140, 'DEBUG', 'DEFAULT') AS spanLevel
  FROM (${updated})`;
}

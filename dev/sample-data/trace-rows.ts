import type { Dice } from './dice.ts';
import { languages } from './languages.ts';
import { textLiteral } from './literals.ts';
import { traceShapes } from './trace-shapes.ts';
import { blockCells, blockOrders, rowsPerBlock, tracesAtMost, tracesPerBlock } from './trace-sizes.ts';

/** Which row numbers a statement makes, out of how many in all. */
export interface RowNumbers {
  first: number;
  count: number;
  /** All rows of the data set: the traces are spread over the time range by it. */
  total: number;
  /** SQL condition on `n`; all if missing. */
  where?: string;
}

export interface TimeRange {
  fromMicros: bigint;
  toMicros: bigint;
}

const micros = { second: 1_000_000, day: 86_400_000_000 };
const uint8Array = (values: readonly number[]): string => `[${values.join(',')}]`;

/** The indexes of the items, each as often as its weight says: one pick from it is a weighted pick. */
const weighted = (items: readonly { weight: number }[]): number[] =>
  items.flatMap((item, index) => Array.from({ length: item.weight }, () => index));

/** A UUID-like text of 32 hexadecimal digits from two hashes. */
export const hex64 = (hash: string): string => `lower(hex(reinterpretAsFixedString(${hash})))`;

/**
 * SELECT of one row per span with what follows from its trace: `n` (row number), `trace` and `span` (ordinals),
 * `shape`, `language`, `position` (0…1 in the time range), `traceDuration` and `traceStart` (microseconds, Int64), and
 * the columns that all spans of a trace share.
 */
export function traceRows(dice: Dice, numbers: RowNumbers, range: TimeRange): string {
  const span = Number(range.toMicros - range.fromMicros);
  const traces = tracesAtMost(numbers.total);
  const shapes = weighted(traceShapes);
  const tongues = weighted(languages);
  const days = Math.floor(span / micros.day);
  const period = days > 0 ? span / days : span;
  // Quiet nights: the sine moves traces towards noon. Its derivative stays below 1, so the order of traces is kept.
  const dayAndNight = days > 0 ? `0.6 * ${period / (2 * Math.PI)} * sin(${(2 * Math.PI) / period} * offset)` : '0';

  const cells = `SELECT number AS n,
    ${dice.below(blockOrders, 'order of traces', `intDiv(number, ${rowsPerBlock})`)} * ${rowsPerBlock} + number % ${rowsPerBlock} + 1 AS cell,
    intDiv(number, ${rowsPerBlock}) * ${tracesPerBlock} + ${uint8Array(blockCells.map((c) => c.trace))}[cell] AS trace,
    ${uint8Array(blockCells.map((c) => c.span))}[cell] AS span
  FROM numbers_mt(${numbers.first}, ${numbers.count})${numbers.where === undefined ? '' : ` WHERE ${numbers.where}`}`;

  const placed = `SELECT n, trace, span, intDiv(trace, 3) AS conversation,
    ${dice.pick(uint8Array(shapes), shapes.length, 'shape', 'trace')} AS shape,
    ${dice.pick(uint8Array(tongues), tongues.length, 'language', 'conversation')} AS language,
    (trace + ${dice.unit('moment', 'trace')}) / ${traces} AS position,
    least(toInt64(pow(10, 5.5 + 2.2 * ${dice.unit('duration', 'trace')})) * if(${dice.chance(0.005, 'long', 'trace')}, 60, 1),
      ${Math.floor(span / 4)}) AS traceDuration,
    position * (${span - 3 * micros.second} - traceDuration) AS offset
  FROM (${cells})`;

  const release = `['2.7.0', '2.7.1', '2.8.0', '2.9.0-rc.1', '2.9.0'][toUInt8(position * 4.999) + 1]`;
  const services = `[${traceShapes.map((shape) => textLiteral(shape.service)).join(',')}]`;
  const experiments = uint8Array(traceShapes.map((shape) => (shape.experiment ? 1 : 0)));
  const traceNames = `[${traceShapes.map((shape) => textLiteral(shape.spans[0]?.[1] ?? '')).join(',')}]`;
  return `SELECT n, trace, span, conversation, shape, language, position, traceDuration,
    ${range.fromMicros} + toInt64(offset + ${dayAndNight}) AS traceStart,
    concat(${hex64(dice.hash('trace id a', 'trace'))}, ${hex64(dice.hash('trace id b', 'trace'))}) AS traceId,
    ${services}[shape + 1] AS service,
    ${experiments}[shape + 1] AS inExperiment,
    ${traceNames}[shape + 1] AS traceName,
    if(${dice.chance(0.2, 'no user', 'conversation')}, '', concat('user-', toString(toUInt32(5000 * pow(${dice.unit('user', 'conversation')}, 2))))) AS userId,
    if(${dice.chance(0.35, 'no session', 'conversation')}, '', concat('session-', ${hex64(dice.hash('session', 'conversation'))})) AS sessionId,
    ${dice.pick("['production','production','production','production','staging','default']", 6, 'environment', 'trace')} AS traceEnvironment,
    ${release} AS traceRelease,
    ${dice.pick("[[], [], ['vip'], ['beta', 'web'], ['mobile'], ['a/b: variant-b', 'web']]", 6, 'tags', 'trace')} AS traceTags,
    toString(100000 + ${dice.below(900_000, 'reference', 'trace')}) AS reference
  FROM (${placed})`;
}

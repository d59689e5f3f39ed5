import { Context } from '@temporalio/activity';
import type { Job, Part, PartResult, Window } from '../shared/activities.ts';
import { ExportError } from './export-error.ts';
import { queryOptions } from './query-options.ts';
import { selectionOf } from './selection.ts';
import type { PartCount, Source } from './source/source.ts';

/** Rows are delivered at most this often when the counts do not fit. */
export const MOST_ROUNDS = 3;

/** Whether rows delivered while the source changed from one count to the other can be all of them. */
export function liesBetween(rows: number, before: number, after: number): boolean {
  return rows >= Math.min(before, after) && rows <= Math.max(before, after);
}

export interface Delivery<T> {
  job: Job;
  window: Window;
  part: Part;
  /** What the source held a moment ago, when the plan's own query has just counted it: then it is not counted once more. */
  counted?: PartCount | undefined;
  /** Delivers all rows. @param round from 1 */
  deliver: (round: number) => Promise<T>;
  /** Takes back what the last round delivered, where that can be done. */
  undo: () => Promise<void>;
}

/**
 * Delivers a part and proves it: the rows delivered lie between the rows that the source held before and after. Nothing is delivered of a
 * part without rows.
 *
 * @throws ExportError CountMismatch with the three numbers, when they did not fit three times
 */
export async function proveDelivery<T extends { rows: number }>(
  source: Pick<Source, 'countPart'>,
  { job, window, part, counted, deliver, undo }: Delivery<T>,
): Promise<{ before: PartCount; after: PartCount; delivered?: T }> {
  const count = (step: string) =>
    source.countPart(selectionOf(job, part.source), window, part, queryOptions({ job, window, part: part.name, step }));
  for (let round = 1; ; round += 1) {
    const before = (round === 1 ? counted : undefined) ?? (await count(`count-before${round}`));
    if (before.rows === 0) return { before, after: before };
    const delivered = await deliver(round);
    const after = await count(`count-after${round}`);
    if (liesBetween(delivered.rows, before.rows, after.rows)) return { before, after, delivered };
    if (round === MOST_ROUNDS) {
      await undo();
      throw mismatch(part, delivered.rows, before.rows, after.rows);
    }
    Context.current().log.warn('The rows delivered do not fit the counts, delivering the part again', {
      part: part.name,
      rows: delivered.rows,
      before: before.rows,
      after: after.rows,
    });
  }
}

/** The result of a part of which nothing is delivered yet. */
export function emptyResult(part: Part, before: PartCount, after: PartCount): PartResult {
  const earliest = [before.minEventTime, after.minEventTime].filter((time) => time !== undefined).sort()[0];
  const latest = [before.maxEventTime, after.maxEventTime]
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
  return {
    part: part.name,
    source: part.source,
    rows: 0,
    bytes: 0,
    uncompressedBytes: 0,
    sha256: '',
    countBefore: before.rows,
    countAfter: after.rows,
    queryId: '',
    attempt: Context.current().info.attempt,
    ...(earliest === undefined ? {} : { minEventTime: earliest }),
    ...(latest === undefined ? {} : { maxEventTime: latest }),
  };
}

function mismatch(part: Part, rows: number, before: number, after: number): ExportError {
  return new ExportError(
    'CountMismatch',
    `Part ${part.name} delivered ${rows} rows, but ClickHouse held ${before} rows before the stream and ${after} after it, ${MOST_ROUNDS} times in a row.`,
    'Nothing was committed. Look for merges, mutations or a lagging replica that change these rows, then try the period again.',
  );
}

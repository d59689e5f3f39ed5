import { Context } from '@temporalio/activity';
import type { Job, Part, PartResult, PeriodPlan } from '../shared/activities.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { ObjectStore } from './destinations/object-store.ts';
import { ExportError } from './export-error.ts';
import { partKey } from './part-key.ts';
import { queryOptions } from './query-options.ts';
import { selectionOf } from './selection.ts';
import type { PartCount } from './source/source.ts';
import { type PartProgress, streamPart } from './stream-part.ts';

export interface Delivery {
  job: Job;
  plan: Pick<PeriodPlan, 'window' | 'revision'>;
  part: Part;
  store: ObjectStore;
  progress: PartProgress;
  /** Part names that an earlier attempt at the period may have written. */
  leftover: readonly string[];
  /** What the source held a moment ago, when the plan's own query has just counted it: then it is not counted once more. */
  counted?: PartCount;
}

/** Rows are streamed at most this often when the counts do not fit. */
export const MOST_ROUNDS = 3;

/** Whether rows delivered while the source changed from one count to the other can be all of them. */
export function liesBetween(rows: number, before: number, after: number): boolean {
  return rows >= Math.min(before, after) && rows <= Math.max(before, after);
}

/**
 * Delivers one part and proves it: the rows in the object lie between the rows that the source held before and after. A part without
 * rows leaves no object.
 *
 * @throws ExportError CountMismatch with the three numbers, when they did not fit three times; the object is removed then.
 */
export async function deliverPart(
  dependencies: Pick<ActivityDependencies, 'source' | 'tallyStream' | 'metrics' | 'clock'>,
  { job, plan, part, store, progress, leftover, counted }: Delivery,
): Promise<PartResult> {
  const { source, metrics, clock } = dependencies;
  const { window } = plan;
  const { attempt } = Context.current().info;
  const key = partKey(job, plan, part.name, part.source);
  const count = (step: string) =>
    source.countPart(selectionOf(job, part.source), window, part, queryOptions({ job, window, part: part.name, step }));

  for (let round = 1; ; round += 1) {
    const begun = clock();
    const replaceLeftover = attempt > 1 || round > 1 || leftover.includes(part.name);
    const before = (round === 1 ? counted : undefined) ?? (await count(`count-before${round}`));
    if (before.rows === 0) {
      if (replaceLeftover) await store.remove([key]);
      return { ...resultOf(part, before, before), rows: 0, attempt };
    }
    const stream = { job, window, part, store, key, step: `stream${round}`, replaceLeftover, progress };
    const { rows, bytes, uncompressedBytes, sha256, queryId } = await streamPart(dependencies, stream);
    const after = await count(`count-after${round}`);
    if (liesBetween(rows, before.rows, after.rows)) {
      if (rows === 0) await store.remove([key]);
      else metrics.part({ rows, bytes, seconds: (clock() - begun) / 1000 });
      const object = rows === 0 ? {} : { key, bytes, uncompressedBytes, sha256 };
      return { ...resultOf(part, before, after), ...object, rows, queryId, attempt };
    }
    if (round === MOST_ROUNDS) {
      await store.remove([key]);
      throw mismatch(part, rows, before.rows, after.rows);
    }
    Context.current().log.warn('The rows delivered do not fit the counts, streaming the part again', {
      part: part.name,
      rows,
      before: before.rows,
      after: after.rows,
    });
  }
}

/** The result of a part without an object. */
function resultOf(part: Part, before: PartCount, after: PartCount): Omit<PartResult, 'rows' | 'attempt'> {
  const earliest = [before.minEventTime, after.minEventTime].filter((time) => time !== undefined).sort()[0];
  const latest = [before.maxEventTime, after.maxEventTime]
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
  return {
    part: part.name,
    source: part.source,
    bytes: 0,
    uncompressedBytes: 0,
    sha256: '',
    countBefore: before.rows,
    countAfter: after.rows,
    queryId: '',
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

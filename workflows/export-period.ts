import { CancellationScope, isCancellation, log, setCurrentDetails } from '@temporalio/workflow';
import {
  type Part,
  type PartResult,
  type PeriodPlan,
  type PeriodResult,
  streamingWorkOf,
} from '../shared/activities.ts';
import { partsAtOnce, SMALL_PERIOD_ROWS, smallPeriodParts, splitPart, weightOf } from '../shared/parts.ts';
import { priorityOf, small, streaming } from './activity-options.ts';
import { failureOf, toApplicationFailure } from './failure-of.ts';
import type { ExportPeriodInput } from './messages.ts';
import { runBounded } from './run-bounded.ts';

/**
 * Exports one period: plan → parts → verify → commit.
 *
 * - A small period is one activity that does it all; it hands its plan back when the period turns out to be larger.
 * - A part that ClickHouse cannot deliver in one query is split in two and goes on; nothing else causes a split.
 * - The manifest is written last, so a period is either committed whole or not at all.
 * - When it fails or is cancelled, the objects of this attempt are removed; the caller makes the period a hole and tries again.
 */
export async function exportPeriod(input: ExportPeriodInput): Promise<PeriodResult> {
  const { job, window, leftover } = input;
  const { activityAttempts: attempts } = job.config.tuning;
  const priority = priorityOf(job.projectId, input.priority);
  const stream = streaming({ work: streamingWorkOf(job.config.destination), attempts, priority });
  const control = small({ attempts, priority, startToClose: '10 minutes' });
  let { targetPartBytes } = input;
  let tooLargeBytes: number | undefined;

  const learn = (bytes: number) => {
    tooLargeBytes = Math.min(tooLargeBytes ?? bytes, bytes);
  };

  const planned = async (): Promise<PeriodPlan | PeriodResult> => {
    if (input.expectedRows <= SMALL_PERIOD_ROWS) {
      try {
        const outcome = await stream.exportSmallPeriod({ job, window, targetPartBytes, leftover });
        return outcome.kind === 'committed' ? outcome.result : outcome.plan;
      } catch (error) {
        if (failureOf(error).type !== 'SourceTooLarge') throw error;
        // Few rows, but large ones: plan them as parts, which can be split.
        targetPartBytes = Math.ceil(targetPartBytes / 4);
      }
    }
    return control.planPeriod({ job, window, targetPartBytes });
  };

  const first = await settle(planned(), union(leftover, smallPeriodParts(job.config.sources)));
  if ('manifestKey' in first) return first;
  const { parts, ...plan } = first;
  const begun = new Set<string>();
  const results: PartResult[] = [];
  let rowsDone = 0;

  const exportOne = async (part: Part, enqueue: (more: Part[]) => void): Promise<void> => {
    begun.add(part.name);
    try {
      const result = await stream.exportPart({ job, plan, part, leftover });
      results.push(result);
      rowsDone += result.rows;
      setCurrentDetails(
        `${results.length} of ${results.length + remaining()} parts, ${rowsDone} of about ${plan.rows} rows`,
      );
    } catch (error) {
      if (failureOf(error).type !== 'SourceTooLarge') throw error;
      const halves = splitPart(part);
      if (halves === undefined) {
        throw toApplicationFailure({
          type: 'SourceTooLarge',
          message: `Part ${part.name} cannot be split further and is still too large for one query.`,
          remedy: 'Raise MAX_MEMORY_USAGE of the worker, or skip this period.',
        });
      }
      log.info('Part is too large for one query, splitting it', { part: part.name, bytes: part.bytes });
      learn(Math.min(weightOf(part), targetPartBytes));
      enqueue(halves);
    }
  };
  let remaining = () => parts.length;
  let committing = false;

  try {
    const run = runBounded(parts, partsAtOnce(job.config), exportOne);
    remaining = run.remaining;
    await run.done;
    const ordered = results.sort((a, b) => (a.part < b.part ? -1 : 1));
    committing = true;
    const result = await control.commitPeriod({ job, plan, results: ordered, leftover });
    return { ...result, ...(tooLargeBytes === undefined ? {} : { tooLargeBytes }) };
  } catch (error) {
    // Once the commit has begun, its manifest may stand or still arrive: what it names must not be removed.
    const left = committing ? union(leftover, begun) : await discard([...begun]);
    if (isCancellation(error)) throw error;
    throw toApplicationFailure({
      ...failureOf(error),
      leftover: left,
      ...(tooLargeBytes === undefined ? {} : { tooLargeBytes }),
    });
  }

  /** Removes what this attempt wrote; returns the names that could not be removed. */
  async function discard(names: string[]): Promise<string[]> {
    try {
      await CancellationScope.nonCancellable(() =>
        small({ attempts: 3, priority }).discardParts({ job, plan, parts: names }),
      );
      return leftover;
    } catch {
      return union(leftover, names);
    }
  }
}

/**
 * Turns any failure of the planning into one that the parent can read.
 * @param leftover what may have been written: a small period writes its one part before it fails
 */
async function settle<T>(work: Promise<T>, leftover: string[]): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isCancellation(error)) throw error;
    throw toApplicationFailure({ ...failureOf(error), leftover });
  }
}

function union(a: Iterable<string>, b: Iterable<string>): string[] {
  return [...new Set([...a, ...b])];
}

/** Whether an export would work now: for a blocked integration, and for the button "test connection". */
import { Context } from '@temporalio/activity';
import type { Job, ProbeStep } from '../shared/activities.ts';
import { ExportError } from './export-error.ts';
import { describeFailure } from './failures.ts';
import { selectionsOf } from './selection.ts';
import type { Source } from './source/source.ts';

/** @throws ExportError what would stop the reading of one of the job's sources */
export async function probeSource(source: Pick<Source, 'probe'>, job: Job): Promise<void> {
  for (const selection of selectionsOf(job)) await source.probe(selection);
}

/** @throws ExportError the first step that failed */
export function assertPassed(steps: readonly ProbeStep[]): void {
  const failure = steps.find(({ ok }) => !ok)?.failure;
  if (failure !== undefined) throw new ExportError(failure.type, failure.message, failure.remedy);
}

/** The steps of a test. A destination that cannot even be opened (a forbidden address, a secret that does not open) is an answer, not a fault of ours. */
export async function stepsOf(clock: () => number, test: () => Promise<ProbeStep[]>): Promise<ProbeStep[]> {
  const begun = clock();
  try {
    return await test();
  } catch (error) {
    const failure = describeFailure(error, Context.current().log);
    return [{ step: 'resolve', ok: false, failure, milliseconds: clock() - begun }];
  }
}

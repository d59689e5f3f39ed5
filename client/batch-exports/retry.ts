import { z } from 'zod';
import { Refused } from '../errors.ts';
import type { Asking } from '../integrations/types.ts';
import { actorSchema, parse } from '../validate.ts';
import { aboutOf, workflowIdOf } from './about.ts';
import { askedOf } from './asked.ts';
import type { BatchExportContext } from './deleted.ts';
import { describe } from './describe.ts';
import { untilEnded } from './end.ts';
import { start } from './start.ts';
import { storageOf } from './storage.ts';
import type { BatchExportId, StartedBatchExport } from './types.ts';

/** See `BatchExports.retry`. */
export async function retryBatchExport(
  context: BatchExportContext,
  input: BatchExportId & Asking,
): Promise<StartedBatchExport> {
  workflowIdOf(input);
  const { actor } = parse(z.object({ actor: actorSchema }), input);
  const storage = storageOf(context);
  const { projectId, exportId } = input;
  const about = aboutOf(input);
  const { summary, open } = await describe(context, input);
  const { status } = summary;
  if (open && !(status === 'FAILED' || status === 'CANCELLED' || status === 'EXPIRED')) {
    throw new Refused(`${about} is ${status}: only a failed, cancelled or expired export can be retried.`);
  }
  if (open) {
    // It has told its end and is about to reach it; a start would find it still there.
    const notice = await untilEnded(context, { summary }).catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error;
      return undefined;
    });
    if (notice !== undefined) throw new Refused(`${notice} Retry it then.`);
  }
  const request = await askedOf(context, summary);
  if (request === undefined) {
    throw new Refused(
      `${about} was made by another version of this program: make a new one with the filters of the table.`,
    );
  }
  const job = { projectId, exportId, request, clickedAt: new Date().toISOString(), actor };
  return await start(context, job, storage);
}

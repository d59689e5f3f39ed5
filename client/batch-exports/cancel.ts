import { z } from 'zod';
import { Refused } from '../errors.ts';
import type { Asking } from '../integrations/types.ts';
import { actorSchema, parse } from '../validate.ts';
import { aboutOf, workflowIdOf } from './about.ts';
import type { BatchExportContext } from './deleted.ts';
import { describe } from './describe.ts';
import { cancelAndWait } from './end.ts';
import type { BatchExportId, CancelBatchExportResult } from './types.ts';

/** See `BatchExports.cancel`. */
export async function cancelBatchExport(
  context: BatchExportContext,
  input: BatchExportId & Asking,
): Promise<CancelBatchExportResult> {
  workflowIdOf(input);
  const { actor } = parse(z.object({ actor: actorSchema }), input);
  const described = await describe(context, input);
  const { status } = described.summary;
  if (status === 'CANCELLED') return { cancelled: true };
  if (status === 'COMPLETED') throw new Refused(`${aboutOf(input)} is COMPLETED: delete it to remove its file.`);
  if (!described.open || status === 'FAILED' || status === 'EXPIRED') {
    throw new Refused(`${aboutOf(input)} is ${status}: nothing is left to cancel.`);
  }
  const notice = await cancelAndWait(context, described, `Cancelled by ${actor}`);
  return notice === undefined ? { cancelled: true } : { cancelled: false, notice };
}

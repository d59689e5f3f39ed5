import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { batchExportRequestSchema } from '../../shared/batch-export.ts';
import { InvalidConfig } from '../errors.ts';
import { actorSchema, idSchema, instantSchema, issuesOf } from '../validate.ts';
import type { BatchExportContext } from './deleted.ts';
import { start } from './start.ts';
import { storageOf } from './storage.ts';
import type { CreateBatchExportInput, StartedBatchExport } from './types.ts';

const around = z.object({
  projectId: idSchema,
  exportId: idSchema.optional(),
  actor: actorSchema,
  clickedAt: instantSchema.optional(),
});

/** See `BatchExports.create`. */
export async function createBatchExport(
  context: BatchExportContext,
  input: CreateBatchExportInput,
): Promise<StartedBatchExport> {
  const storage = storageOf(context);
  const rest = around.safeParse(input);
  const request = batchExportRequestSchema.safeParse(input.request);
  if (!rest.success || !request.success) {
    throw new InvalidConfig([rest, request].flatMap(({ error }) => (error === undefined ? [] : issuesOf(error))));
  }
  const { projectId, exportId = randomUUID(), actor, clickedAt } = rest.data;
  const now = new Date().toISOString();
  // A browser's clock may be ahead; rows of the future are not what the table showed.
  const clicked = clickedAt === undefined || clickedAt > now ? now : clickedAt;
  return await start(context, { projectId, exportId, request: request.data, clickedAt: clicked, actor }, storage);
}

import { z } from 'zod';
import { areDistinct } from '../config/distinct.ts';

/** `id`: id, name, user, session, trace name; `content`: input and output. */
export const searchSchema = z.strictObject({
  query: z
    .string()
    .min(1)
    .max(1_000)
    .refine((value) => value.isWellFormed(), 'valid Unicode text'),
  types: z
    .array(z.enum(['id', 'content']))
    .min(1)
    .max(2)
    .refine(areDistinct, 'each type once')
    .default(['id']),
});
export type Search = z.output<typeof searchSchema>;

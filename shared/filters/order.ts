import { z } from 'zod';

/** Columns that rows can be sorted by, as far as their source has them; ties are broken by start time and id. */
export const ORDER_COLUMNS = [
  'startTime',
  'endTime',
  'id',
  'traceId',
  'name',
  'type',
  'level',
  'environment',
  'version',
  'release',
  'userId',
  'sessionId',
  'traceName',
  'promptName',
  'providedModelName',
  'totalCost',
  'inputCost',
  'outputCost',
  'totalTokens',
  'inputTokens',
  'outputTokens',
  'latency',
  'timeToFirstToken',
  'tokensPerSecond',
  'value',
] as const;

export const orderSchema = z.strictObject({ column: z.enum(ORDER_COLUMNS), direction: z.enum(['ASC', 'DESC']) });
export type Order = z.output<typeof orderSchema>;

/** The table's own. */
export const DEFAULT_ORDER: Order = { column: 'startTime', direction: 'DESC' };

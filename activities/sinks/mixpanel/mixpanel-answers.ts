/** What Mixpanel's answers to an import mean: https://developer.mixpanel.com/reference/import-events */
import { z } from 'zod';
import { ExportError } from '../../export-error.ts';
import type { RefusedEvent } from '../event-sink.ts';
import type { HttpAnswer } from '../http-request.ts';
import type { MixpanelEvent } from '../mapping/mixpanel.ts';
import { answerError, isOverQuota, keyError, type SinkPlace } from '../sink-failures.ts';
import type { Verdict } from '../verdict.ts';
import { mixpanelRejection, TOO_LARGE } from './mixpanel-refusals.ts';

const text = z.string().optional().catch(undefined);

const importResult = z.object({
  num_records_imported: z.int().min(0).optional().catch(undefined),
  error: text,
  failed_records: z
    .array(
      z.object({
        index: z.int().min(0).optional().catch(undefined),
        insert_id: text,
        $insert_id: text,
        field: text,
        message: text,
      }),
    )
    .optional(),
});
type ImportResult = z.output<typeof importResult>;

export interface JudgeOptions {
  place: SinkPlace;
  /** Epoch ms. */
  now: number;
  /** Told when the counts in the answer do not add up. */
  onMiscount(facts: { sent: number; imported: number; failed: number }): void;
}

export function judgeMixpanelAnswer(
  answer: HttpAnswer,
  events: readonly MixpanelEvent[],
  options: JudgeOptions,
): Verdict {
  const { place, now } = options;
  const { status } = answer;
  if (status === 200 || status === 400) {
    const parsed = importResult.safeParse(jsonOf(answer.text));
    const result: ImportResult = parsed.success ? parsed.data : {};
    if (status === 200 || result.failed_records !== undefined) return judgeCounts(result, events, status, options);
    if (/authenticat|credential|project token/i.test(result.error ?? '')) {
      return { kind: 'failed', error: keyError(place, status) };
    }
    return { kind: 'halve', status, alone: mixpanelRejection('', result.error ?? '') };
  }
  const error = answerError(answer, place, now);
  if (isOverQuota(answer, place) || status < 400) return { kind: 'failed', error };
  if (status === 413) return { kind: 'halve', status, alone: TOO_LARGE };
  if (status === 408 || status === 429 || status >= 500) return { kind: 'again', status, error };
  if (error.type === 'DestinationDenied' || error.type === 'ConfigInvalid') return { kind: 'failed', error };
  return { kind: 'halve', status, alone: mixpanelRejection('', '') };
}

/** Partial success: what failed is named, and all else must have been imported. */
function judgeCounts(
  { num_records_imported: imported = 0, failed_records: failed = [] }: ImportResult,
  events: readonly MixpanelEvent[],
  status: number,
  { place, onMiscount }: JudgeOptions,
): Verdict {
  const refused = refusedOf(failed, events);
  // A record that cannot be found in the batch leaves one too few here.
  if (refused.length + imported === events.length) return { kind: 'delivered', refused };
  onMiscount({ sent: events.length, imported, failed: failed.length });
  // Sent again it does no harm: Mixpanel tells events by their ids. In smaller batches, so that one that is lost is found.
  return events.length > 1
    ? { kind: 'halve', status, alone: mixpanelRejection('', '') }
    : { kind: 'again', status, error: unacknowledged(place, status) };
}

function refusedOf(
  failed: NonNullable<ImportResult['failed_records']>,
  events: readonly MixpanelEvent[],
): RefusedEvent[] {
  const refused = new Map<number, RefusedEvent>();
  for (const { index, insert_id, $insert_id, field = '', message = '' } of failed) {
    const id = insert_id ?? $insert_id;
    const position =
      index !== undefined && index < events.length ? index : events.findIndex(({ insertId }) => insertId === id);
    // One event may be named for several of its fields; the first counts.
    if (position >= 0 && !refused.has(position)) {
      refused.set(position, { ...mixpanelRejection(field, message), index: position });
    }
  }
  return [...refused.values()];
}

function unacknowledged({ host }: SinkPlace, status: number): ExportError {
  return new ExportError(
    'DestinationBusy',
    `${host} did not say that it imported an event (HTTP ${status})`,
    'It is sent again. If it stays, look for a proxy between the worker and Mixpanel that answers in its place.',
  );
}

/** Whether an answer is Mixpanel's own, and not that of a proxy. */
export function isImportResult({ text: body }: HttpAnswer): boolean {
  const parsed = importResult.safeParse(jsonOf(body));
  return parsed.success && (parsed.data.num_records_imported !== undefined || parsed.data.failed_records !== undefined);
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Rows that an event sink refused, or that cannot be made acceptable: listed with the reason, never their content. */
import type { Axis } from './period.ts';
import type { SourceName } from './sources/catalog.ts';

export interface RejectedEntry {
  /** The period that delivered it. ISO instants. */
  axis: Axis;
  periodStart: string;
  periodEnd: string;
  source: SourceName;
  /** The row's own id: of the span, trace or score. */
  id: string;
  /** ISO, UTC. */
  eventTime: string;
  /** Of the period. */
  revision: number;
  /** A short code, the same for all rows with this fault. */
  reason: string;
  /** The field at fault as the vendor calls it, or ''. */
  field: string;
  /** What is wrong, in words. */
  message: string;
  /** When it was refused last. */
  at: string;
}

export interface RejectedPage {
  entries: RejectedEntry[];
  /** Where the next page begins; absent on the last one. */
  next?: string;
}

/** What became of the rejected rows that were sent again. */
export interface ReplayResult {
  /** Entries looked at. */
  tried: number;
  /** Accepted now; no longer listed. */
  accepted: number;
  /** Still refused, perhaps for another reason. */
  rejected: number;
  /** Rows that are no longer in the table; no longer listed. */
  gone: number;
}

export const NOTHING_TRIED: ReplayResult = { tried: 0, accepted: 0, rejected: 0, gone: 0 };

export function addReplays(a: ReplayResult, b: ReplayResult): ReplayResult {
  return {
    tried: a.tried + b.tried,
    accepted: a.accepted + b.accepted,
    rejected: a.rejected + b.rejected,
    gone: a.gone + b.gone,
  };
}

/** What delivery needs of a vendor that takes events by HTTP; one folder per vendor beside this file implements it. */
import type { ProbeStep } from '../../shared/activities.ts';
import type { SinkRow } from './sink-row.ts';

/** Why an event cannot be delivered. Our own words: never a value of the row. */
export interface Rejection {
  /** A short code in snake_case, the same for all events with this fault: `time_in_future`, `too_large`, `refused`. */
  reason: string;
  /** The field at fault as the vendor calls it, or ''. */
  field: string;
  /** One sentence that says what is wrong, and what to do where something can be done. */
  message: string;
}

/** An event as the vendor takes it. */
export interface SinkEvent {
  /** Bytes in the request's body before compression, its share of the envelope included. */
  readonly bytes: number;
  /** Only events with the same key may stand in one request. */
  readonly batchKey: string;
}

/** What becomes of a row: its events, which always travel in the same request, or the reason why there are none. */
export type Mapped<E> = { events: readonly [E, ...E[]] } | { rejected: Rejection };

export interface BatchLimits {
  /** Most events of a request. */
  events: number;
  /** Most bytes of a request's body before compression. */
  bytes: number;
}

/** One event of a batch that the vendor refused. */
export interface RefusedEvent extends Rejection {
  /** Position in the batch. */
  index: number;
}

export interface SendOptions {
  signal: AbortSignal;
  /** Believe a vendor that refuses every single event. Default: no, it is taken for a fault between us and tried again later. */
  believeRefusals?: boolean;
  /** Told whenever the vendor asks us to slow down, or does not answer: how long this batch will wait. For progress and logs. */
  onWait?: (wait: { milliseconds: number; status: number | undefined }) => void;
}

export interface EventSink<E extends SinkEvent> {
  readonly limits: BatchLimits;
  /** Requests that should be in flight at once. */
  readonly parallelRequests: number;
  /** Pure, but for `now` (epoch ms), by which old and future events are told. */
  map(row: SinkRow, now: number): Mapped<E>;
  /**
   * Delivers one batch: resolves when the vendor has acknowledged every event that is not among the refused ones. Keeps the vendor's pace
   * and pauses; a batch that is too large is halved. Sending the same events again is harmless, because the vendor tells them by id.
   *
   * Throws ExportError: `DestinationDenied` (key, rights), `ConfigInvalid` (forbidden address), `DestinationBusy` when the vendor has not
   * taken the batch for minutes; the signal's reason when aborted.
   */
  send(events: readonly E[], options: SendOptions): Promise<RefusedEvent[]>;
  /**
   * Called when everything of a period is sent, before it counts as delivered. PostHog answers 200 to any key: one that was revoked meanwhile
   * shows only here.
   * @throws ExportError DestinationDenied
   */
  confirm(signal: AbortSignal): Promise<void>;
  /** Tries the destination without leaving anything behind, each step reported; never throws. */
  test(): Promise<ProbeStep[]>;
  close(): void;
}

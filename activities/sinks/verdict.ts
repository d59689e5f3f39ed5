/** What an answer means for the batch that was sent. */
import type { ExportError } from '../export-error.ts';
import type { RefusedEvent, Rejection } from './event-sink.ts';

export type Verdict =
  /** Every event is acknowledged, but for those that the vendor names. */
  | { kind: 'delivered'; refused: RefusedEvent[] }
  /** The vendor has no time, or there is no answer: the same request again after a pause. `error`: what to throw when patience ends. */
  | { kind: 'again'; status: number | undefined; error: ExportError }
  /** These events do not pass together: smaller batches. An event that does not pass alone is refused with `alone`. */
  | { kind: 'halve'; status: number; alone: Rejection }
  /** No event of this destination would pass. */
  | { kind: 'failed'; error: ExportError };

/** The verdicts that end a request. */
export type Decision = Exclude<Verdict, { kind: 'again' }>;

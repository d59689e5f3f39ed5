import { Context } from '@temporalio/activity';
import { z } from 'zod';

/** What a streaming activity tells Temporal, and what a later attempt must know to clean up after it. */
const beatSchema = z.object({
  /** The object being written. */
  key: z.string().optional(),
  /** Its multipart upload, when it has one. */
  uploadId: z.string().optional(),
  /** Event sinks: the part whose rows are delivered, and how far that is: all rows up to this key are accepted or listed as rejected. */
  part: z.string().optional(),
  lastKey: z.array(z.string()).optional(),
  /** Rows up to there: accepted, rejected. */
  sent: z.number().optional(),
  rejected: z.number().optional(),
  /** Milliseconds for which the vendor has asked us to wait. */
  waiting: z.number().optional(),
  /** The query being read. */
  queryId: z.string().optional(),
  rows: z.number().optional(),
  bytes: z.number().optional(),
  /** Of a file that is written slice by slice: which, from 1, of how many. */
  slice: z.number().optional(),
  slices: z.number().optional(),
});

export type Beat = z.output<typeof beatSchema>;

/** The last beat of an attempt that died, or undefined on a first attempt. Details of another shape (older code) are ignored. */
export function lastBeat(): Beat | undefined {
  const { attempt, heartbeatDetails } = Context.current().info;
  if (attempt <= 1 || heartbeatDetails === undefined) return undefined;
  const parsed = beatSchema.safeParse(heartbeatDetails);
  return parsed.success ? parsed.data : undefined;
}

/** When nothing was to be told by then, the first beat goes out all the same. */
const FIRST_BEAT_MS = 3_000;
/** So many seconds are progress and cancellation late; each beat is a request to Temporal. */
const BEAT_MS = 5_000;

export interface Beats {
  /** Sends a beat now. */
  now(): void;
}

/**
 * Runs `work` and heartbeats on a timer, which is also what brings cancellations.
 *
 * The SDK sends the first beat at once and holds later ones back for `maxHeartbeatThrottleInterval`, which our streaming workers set
 * to half a second: the id of an upload must arrive soon, because a worker that is killed before leaves an upload that nobody knows.
 * What keeps the beats rare is this timer.
 *
 * @param beat called for every beat; returns what is known at that moment
 */
export async function withHeartbeats<T>(beat: () => Beat, work: (beats: Beats) => Promise<T>): Promise<T> {
  const context = Context.current();
  const now = () => context.heartbeat({ ...beat() });
  let timer = setTimeout(function tick() {
    now();
    timer = setTimeout(tick, BEAT_MS);
  }, FIRST_BEAT_MS);
  try {
    return await work({ now });
  } finally {
    clearTimeout(timer);
  }
}

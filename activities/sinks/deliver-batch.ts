/** Delivers one batch to a vendor, at its pace, with pauses and halves; what differs between vendors comes in. */
import { type BackOffRules, untilDecided } from './back-off.ts';
import type { RefusedEvent, SendOptions, SinkEvent } from './event-sink.ts';
import { sendInHalves } from './halving.ts';
import type { HttpAnswer } from './http-request.ts';
import type { Pace } from './pace.ts';
import type { Clock } from './pauses.ts';
import { networkError, type SinkPlace } from './sink-failures.ts';
import type { Verdict } from './verdict.ts';

export interface Delivery<E extends SinkEvent> {
  place: SinkPlace;
  /** All of them must let a batch go. */
  paces: readonly Pace[];
  backOff: BackOffRules;
  clock: Clock;
  patienceMs?: number | undefined;
  /** One request with exactly these events. */
  ask(events: readonly E[], signal: AbortSignal): Promise<HttpAnswer>;
  judge(answer: HttpAnswer, events: readonly E[]): Verdict;
}

/** As `EventSink.send`. */
export function deliverBatch<E extends SinkEvent>(
  events: readonly E[],
  delivery: Delivery<E>,
  options: SendOptions,
): Promise<RefusedEvent[]> {
  const { place, paces, backOff, clock, patienceMs } = delivery;
  return sendInHalves(
    events,
    (batch) => {
      const bytes = batch.reduce((sum, event) => sum + event.bytes, 0);
      return untilDecided(
        () => requestOnce(batch, delivery, options.signal),
        async () => {
          for (const pace of paces) await pace.take(batch.length, bytes, options.signal);
        },
        { rules: backOff, clock, patienceMs, ...options },
      );
    },
    place.vendor,
    options.believeRefusals,
  );
}

async function requestOnce<E extends SinkEvent>(
  events: readonly E[],
  { place, paces, ask, judge }: Delivery<E>,
  signal: AbortSignal,
): Promise<Verdict> {
  let answer: HttpAnswer;
  try {
    answer = await ask(events, signal);
  } catch (error) {
    signal.throwIfAborted();
    const failure = networkError(error, place);
    return failure.type === 'DestinationBusy' || failure.type === 'Unexpected'
      ? { kind: 'again', status: undefined, error: failure }
      : { kind: 'failed', error: failure };
  }
  const verdict = judge(answer, events);
  if (answer.status === 429) for (const pace of paces) pace.slowDown();
  if (verdict.kind === 'delivered') for (const pace of paces) pace.succeeded();
  return verdict;
}

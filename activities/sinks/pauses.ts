/** Time as senders see it, replaced in tests. */
import { setTimeout as wait } from 'node:timers/promises';

/** Resolves after `milliseconds`; rejects with the signal's reason as soon as it is aborted. */
export type Sleep = (milliseconds: number, signal: AbortSignal) => Promise<void>;

export interface Clock {
  /** Epoch milliseconds. */
  now: () => number;
  sleep: Sleep;
}

export const sleep: Sleep = async (milliseconds, signal) => {
  try {
    await wait(milliseconds, undefined, { signal });
  } catch (error) {
    // Node rejects with an AbortError of its own; callers know their own reason.
    signal.throwIfAborted();
    throw error;
  }
};

export const systemClock: Clock = { now: Date.now, sleep };

/** The promise's outcome, or the signal's reason if that comes first. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

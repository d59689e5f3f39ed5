import { AcceptedIds } from './accepted-ids.ts';

/** An event as the vendor has it in the end: with the time that it gave it and with texts cut as it cuts them. */
export interface AcceptedEvent {
  /** PostHog's uuid, in lower case; Mixpanel's $insert_id. */
  id: string;
  event: string;
  distinctId: string;
  /** Epoch ms. */
  time: number;
  properties: Record<string, unknown>;
}

/** Numbers by reason: a short code in snake_case. */
export type Reasons = Record<string, number>;

/** Everything since the start or the last reset. */
export interface EmulatorCounters {
  /** Requests that brought events, whatever became of them, and checks of a key. */
  requests: number;
  /** Answers by HTTP status. */
  answers: Reasons;
  /** Connections that a fault has closed instead of an answer. */
  closed: number;
  /** Requests whose client left before it had sent all, or before it was answered. */
  abandoned: number;
  /** Bodies of requests as they came, and after gunzip. */
  bytes: { received: number; uncompressed: number };
  /** Events, repetitions included. */
  accepted: number;
  /** Events after the vendor's de-duplication. */
  different: number;
  /** Events that were lost although the answer was 200. */
  dropped: Reasons;
  /** Events, or whole requests, that were refused in the answer. */
  refused: Reasons;
  /** Events that were accepted, but not as they were sent. */
  changed: Reasons;
  /** What the vendor takes, but advises against. */
  warnings: Reasons;
}

type Kind = 'answers' | 'dropped' | 'refused' | 'changed' | 'warnings';

/** What an emulator remembers. */
export class Ledger {
  readonly ids = new AcceptedIds();
  readonly #keepEvents: boolean;
  #events: AcceptedEvent[] = [];
  #numbers = noNumbers();
  #reasons = noReasons();

  constructor({ keepEvents }: { keepEvents: boolean }) {
    this.#keepEvents = keepEvents;
  }

  count(kind: Kind, reason: string, times = 1): void {
    const reasons = this.#reasons[kind];
    reasons.set(reason, (reasons.get(reason) ?? 0) + times);
  }

  add(what: 'requests' | 'closed' | 'abandoned' | 'receivedBytes' | 'uncompressedBytes', amount = 1): void {
    this.#numbers[what] += amount;
  }

  /** `dedupTime`: the part of the time that the vendor compares. */
  accept(event: AcceptedEvent, dedupTime: number): void {
    this.#numbers.accepted++;
    const isDifferent = this.ids.add(event.id, {
      event: event.event,
      distinctId: event.distinctId,
      time: dedupTime,
    });
    if (isDifferent && this.#keepEvents) this.#events.push(event);
  }

  /** Accepted events after de-duplication, in the order of arrival. Throws when they were not kept. */
  events(): readonly AcceptedEvent[] {
    if (!this.#keepEvents) throw new Error('The emulator keeps no events: start it with keepEvents: true');
    return this.#events;
  }

  counters(): EmulatorCounters {
    const { receivedBytes, uncompressedBytes, ...numbers } = this.#numbers;
    return {
      ...numbers,
      different: this.ids.different,
      bytes: { received: receivedBytes, uncompressed: uncompressedBytes },
      answers: Object.fromEntries(this.#reasons.answers),
      dropped: Object.fromEntries(this.#reasons.dropped),
      refused: Object.fromEntries(this.#reasons.refused),
      changed: Object.fromEntries(this.#reasons.changed),
      warnings: Object.fromEntries(this.#reasons.warnings),
    };
  }

  reset(): void {
    this.ids.clear();
    this.#events = [];
    this.#numbers = noNumbers();
    this.#reasons = noReasons();
  }
}

function noNumbers() {
  return { requests: 0, closed: 0, abandoned: 0, receivedBytes: 0, uncompressedBytes: 0, accepted: 0 };
}

function noReasons(): Record<Kind, Map<string, number>> {
  return { answers: new Map(), dropped: new Map(), refused: new Map(), changed: new Map(), warnings: new Map() };
}

import { z } from 'zod';

const oftenness = {
  /** Strikes at the nth, 2nth … request only; default: at each. */
  every: z.int().min(1).optional(),
  /** Strikes at no other than the first n requests since the faults were set; default: until the faults are set anew. */
  first: z.int().min(1).optional(),
  /** Which requests it sees and counts: those that bring events, or PostHog's check of a key. */
  at: z.enum(['events', 'key-check']).default('events'),
};

/** A way to misbehave. Several may strike the same request: `slow` adds up, of the others the first in the list decides. */
export const faultSchema = z.discriminatedUnion('kind', [
  /** Reads the body, takes nothing, answers so. 413 comes whatever the size. */
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    /** The header Retry-After: seconds, or any text, such as an HTTP date. Default: none. */
    retryAfter: z.union([z.int().min(0), z.string().min(1)]).optional(),
    ...oftenness,
  }),
  /** Does what it would do at once, but answers later. */
  z.strictObject({ kind: z.literal('slow'), milliseconds: z.int().min(0).max(3_600_000), ...oftenness }),
  /**
   * Closes the connection instead of an answer: before it has read the body (the client may still be sending), after it with nothing
   * accepted, or after it has accepted the events, so that only the answer is lost.
   */
  z.strictObject({
    kind: z.literal('close'),
    when: z.enum(['before-body', 'after-body', 'after-accept']),
    ...oftenness,
  }),
  /**
   * Finds fault with one in n events, always the same ones because they are told by their id (`isMarked`). Mixpanel imports the others and
   * names these in `failed_records`; PostHog answers 400 and takes nothing of a batch that holds one.
   */
  z.strictObject({ kind: z.literal('refuse-events'), oneIn: z.int().min(1), ...oftenness }),
  /** The project's bill is at its limit: PostHog loses the batch with a 200 that says so in `quota_limited`, Mixpanel answers 402. */
  z.strictObject({ kind: z.literal('over-quota'), ...oftenness }),
]);

/** A fault as it is set; JSON of the same shape comes by `POST /_emulator/faults`. */
export type Fault = z.input<typeof faultSchema>;
type CompleteFault = z.output<typeof faultSchema>;

export type RequestKind = CompleteFault['at'];

/** What happens to one request. */
export interface Strike {
  /** Milliseconds until the answer. */
  delay: number;
  /** Decides about the request; undefined: nothing but, perhaps, the delay. */
  fault: Exclude<CompleteFault, { kind: 'slow' }> | undefined;
}

export interface FaultSwitchboard {
  /** Replaces all faults and begins to count anew. Throws ZodError when one is not a fault. */
  set(faults: readonly Fault[]): void;
  /** Counts a request and says what strikes it. */
  strike(kind: RequestKind): Strike;
}

export function createFaultSwitchboard(initial: readonly Fault[] = []): FaultSwitchboard {
  let faults: CompleteFault[] = [];
  let seen: Record<RequestKind, number> = { events: 0, 'key-check': 0 };
  const board: FaultSwitchboard = {
    set(next) {
      faults = z.array(faultSchema).parse(next);
      seen = { events: 0, 'key-check': 0 };
    },
    strike(kind) {
      const nth = ++seen[kind];
      const strike: Strike = { delay: 0, fault: undefined };
      for (const fault of faults) {
        if (fault.at !== kind || !strikes(fault, nth)) continue;
        if (fault.kind === 'slow') strike.delay += fault.milliseconds;
        else strike.fault ??= fault;
      }
      return strike;
    },
  };
  board.set(initial);
  return board;
}

function strikes({ every = 1, first = Number.POSITIVE_INFINITY }: CompleteFault, nth: number): boolean {
  return nth % every === 0 && nth <= first;
}

/** Whether `refuse-events` finds fault with the event of this id: with one in `oneIn`, and at every attempt with the same. */
export function isMarked(id: string, oneIn: number): boolean {
  let hash = 7;
  for (let index = 0; index < id.length; index++) hash = (Math.imul(hash, 31) + id.charCodeAt(index)) | 0;
  return (hash >>> 0) % oneIn === 0;
}

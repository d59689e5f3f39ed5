import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Delivered, deliverRows } from '../../../activities/sinks/deliver-rows.ts';
import type { EventSink, Mapped, RefusedEvent, SinkEvent } from '../../../activities/sinks/event-sink.ts';
import type { RejectedRow } from '../../../activities/sinks/row-batches.ts';

interface Row {
  id: number;
  /** 0: cannot be mapped. */
  events: 0 | 1 | 2;
  key: string;
  bytes: number;
}
interface Event extends SinkEvent {
  row: number;
}

const FAULT = { reason: 'unfit', field: '', message: 'made up' };
const START: Delivered = { lastKey: undefined, accepted: 0, rejected: 0, bytes: 0 };

function mapRow({ id, events, key, bytes }: Row): Mapped<Event> {
  const event = { row: id, bytes, batchKey: key };
  if (events === 0) return { rejected: FAULT };
  return { events: events === 1 ? [event] : [event, { ...event }] };
}

interface Setup {
  rows: readonly Row[];
  limits?: EventSink<Event>['limits'];
  parallelRequests?: number;
  /** The vendor's answer to a batch. */
  answer?: (batch: readonly Event[], number: number) => Promise<RefusedEvent[]> | RefusedEvent[];
  from?: Delivered;
  signal?: AbortSignal;
  /** Told at the moment at which progress is. */
  onProgress?: (delivered: Delivered) => void;
}

/** Delivers rows to a vendor in memory. */
function deliver({
  rows,
  limits = { events: 5, bytes: 100 },
  parallelRequests = 3,
  answer = () => [],
  from = START,
  signal,
  onProgress,
}: Setup) {
  const seen = {
    batches: [] as (readonly Event[])[],
    rejected: [] as RejectedRow[],
    progress: [] as Delivered[],
    most: 0,
  };
  let inFlight = 0;
  const done = deliverRows<Row, Event>({
    sink: {
      limits,
      parallelRequests,
      async send(batch) {
        const number = seen.batches.push([...batch]);
        inFlight += 1;
        seen.most = Math.max(seen.most, inFlight);
        try {
          await new Promise((resolve) => setImmediate(resolve));
          return await answer(batch, number);
        } finally {
          inFlight -= 1;
        }
      },
    },
    pages: (async function* () {
      for (let at = 0; at < rows.length; at += 7) yield rows.slice(at, at + 7);
    })(),
    refOf: ({ id }) => ({ id: String(id), eventTime: '', key: () => [String(id)] }),
    map: mapRow,
    async reject(all) {
      seen.rejected.push(...all);
    },
    from,
    onProgress(delivered) {
      seen.progress.push(delivered);
      onProgress?.(delivered);
    },
    signal: signal ?? new AbortController().signal,
  });
  return { done, seen };
}

const rowArbitrary = fc.record({
  events: fc.constantFrom<0 | 1 | 2>(0, 1, 1, 2),
  key: fc.constantFrom('a', 'a', 'b'),
  bytes: fc.integer({ min: 1, max: 50 }),
});
const rowsArbitrary = fc
  .array(rowArbitrary, { maxLength: 60 })
  .map((rows) => rows.map((row, id): Row => ({ ...row, id })));

describe('rows become batches', () => {
  test('that keep the limits, one key, and the events of a row together; no row is lost or doubled', async () => {
    await fc.assert(
      fc.asyncProperty(rowsArbitrary, fc.integer({ min: 1, max: 5 }), async (rows, parallelRequests) => {
        const { done, seen } = deliver({ rows, parallelRequests });
        const end = await done;
        for (const batch of seen.batches) {
          expect(batch.length).toBeLessThanOrEqual(5);
          expect(batch.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(100);
          expect(new Set(batch.map(({ batchKey }) => batchKey)).size).toBe(1);
        }
        const homes = new Map<number, Set<number>>();
        for (const [index, batch] of seen.batches.entries())
          for (const { row } of batch) homes.set(row, (homes.get(row) ?? new Set()).add(index));
        expect([...homes.values()].every((batches) => batches.size === 1)).toBe(true);
        const sent = seen.batches.flat().map(({ row }) => row);
        expect(sent.toSorted((a, b) => a - b)).toEqual(rows.flatMap(({ id, events }) => new Array(events).fill(id)));
        expect(seen.rejected.map(({ row }) => Number(row.id)).sort()).toEqual(
          rows
            .filter(({ events }) => events === 0)
            .map(({ id }) => id)
            .sort(),
        );
        expect(end.accepted + end.rejected).toBe(rows.length);
        expect(end.rejected).toBe(rows.filter(({ events }) => events === 0).length);
        expect(seen.most).toBeLessThanOrEqual(parallelRequests);
      }),
      { numRuns: 80 },
    );
  });

  test('a row of one refused event is rejected once, also when both of its events are refused', async () => {
    await fc.assert(
      fc.asyncProperty(rowsArbitrary, fc.integer({ min: 1, max: 4 }), async (rows, nth) => {
        const isBad = (row: number) => row % nth === 0;
        const answer: Setup['answer'] = (batch) =>
          batch.flatMap(({ row }, index) => (isBad(row) ? [{ ...FAULT, index }] : []));
        const { done, seen } = deliver({ rows, answer });
        const end = await done;
        const expected = rows.filter(({ id, events }) => events === 0 || isBad(id));
        expect(seen.rejected.map(({ row }) => Number(row.id)).toSorted((a, b) => a - b)).toEqual(
          expected.map(({ id }) => id),
        );
        expect(end).toMatchObject({ rejected: expected.length, accepted: rows.length - expected.length });
      }),
      { numRuns: 80 },
    );
  });
});

describe('progress', () => {
  test('only ever names a row behind which nothing is open, whatever the order of the answers', async () => {
    await fc.assert(
      fc.asyncProperty(rowsArbitrary, fc.infiniteStream(fc.nat(4)), async (rows, delays) => {
        const answered = new Set<number>();
        let told = 0;
        const { done, seen } = deliver({
          rows,
          parallelRequests: 4,
          // At that moment: in the end everything is answered.
          onProgress({ lastKey, accepted, rejected }) {
            const upTo = Number(lastKey?.[0]);
            expect(rows.slice(0, upTo + 1).filter(({ id, events }) => events > 0 && !answered.has(id))).toEqual([]);
            expect(accepted + rejected).toBe(upTo + 1);
            told += 1;
          },
          async answer(batch) {
            const turns = delays.next().value ?? 0;
            for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
            for (const { row } of batch) answered.add(row);
            return [];
          },
        });
        const end = await done;
        expect(seen.progress.length).toBe(told);
        if (rows.length > 0) expect(end.lastKey).toEqual([String(rows.length - 1)]);
      }),
      { numRuns: 60 },
    );
  });

  test('goes on from where an earlier attempt came to', async () => {
    const rows = Array.from({ length: 4 }, (_, id): Row => ({ id: id + 10, events: 1, key: 'a', bytes: 1 }));
    const from = { lastKey: ['9'], accepted: 8, rejected: 2, bytes: 100 };
    const { done, seen } = deliver({ rows, from });
    expect(await done).toEqual({ lastKey: ['13'], accepted: 12, rejected: 2, bytes: 104 });
    expect(seen.progress[0]).toMatchObject({ accepted: 12 });
    expect(await deliver({ rows: [], from }).done).toEqual(from);
  });
});

describe('a failure', () => {
  const rows = Array.from({ length: 40 }, (_, id): Row => ({ id, events: 1, key: 'a', bytes: 10 }));

  test('of one batch stops the others, is what is thrown, and waits until all are quiet', async () => {
    let open = 0;
    const { done, seen } = deliver({
      rows,
      async answer(_, number) {
        open += 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
        open -= 1;
        if (number === 3) throw new Error('denied');
        return [];
      },
    });
    await expect(done).rejects.toThrow('denied');
    expect(open).toBe(0);
    expect(seen.batches.length).toBeLessThan(8);
    // What was settled before it stays settled.
    expect(Number(seen.progress.at(-1)?.lastKey?.[0] ?? -1)).toBeLessThan(15);
  });

  test('of the list of rejected rows fails the delivery: nothing is rejected silently', async () => {
    const bad = rows.map((row): Row => ({ ...row, events: 0 }));
    const done = deliverRows<Row, Event>({
      sink: { limits: { events: 5, bytes: 100 }, parallelRequests: 2, send: async () => [] },
      pages: (async function* () {
        yield bad;
      })(),
      refOf: ({ id }) => ({ id: String(id), eventTime: '', key: () => [String(id)] }),
      map: mapRow,
      reject: () => Promise.reject(new Error('ClickHouse is away')),
      from: START,
      onProgress: () => undefined,
      signal: new AbortController().signal,
    });
    await expect(done).rejects.toThrow('ClickHouse is away');
  });

  test('is the signal’s reason once it is aborted', async () => {
    const abort = new AbortController();
    const { done } = deliver({
      rows,
      signal: abort.signal,
      async answer(_, number) {
        if (number === 2) abort.abort(new Error('paused'));
        throw new Error('the request broke');
      },
    });
    await expect(done).rejects.toThrow('paused');
  });
});

/** What every sink must do, whatever the vendor. The test of each kind calls `describeEventSink` and adds its own quirks elsewhere. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EventSink, SinkEvent } from '../../../activities/sinks/event-sink.ts';
import type { SinkRow } from '../../../activities/sinks/sink-row.ts';
import type { Emulator } from '../../../dev/emulators/emulator.ts';
import { catchExportError, expectNoSecrets } from '../../destinations/export-errors.ts';

/** A sink on an emulator of its vendor, whose pauses take no time. */
export interface SinkUnderTest {
  emulator: Emulator;
  sink: EventSink<SinkEvent>;
  /** Another one, with one thing wrong. */
  broken(fault: 'wrong key' | 'unreachable'): EventSink<SinkEvent>;
  /** Must never stand in an error. */
  secrets: string[];
  cleanup(): Promise<void>;
}

const NOW = Date.now();
/** Stands in every row: errors must not hold it. */
const DOMAIN = 'people.example.com';

function rows(count: number): SinkRow[] {
  return Array.from({ length: count }, (_, index): SinkRow => {
    const time = new Date(NOW - 60_000 + index).toISOString();
    return {
      source: 'events',
      row: {
        ...{ id: `row-${index}`, trace_id: `trace-${index}`, project_id: 'project', start_time: time, end_time: null },
        ...{ parent_observation_id: 'parent', type: 'SPAN', event_ts: time, vendor_session_id: '', name: 'step' },
        ...{ level: null, status_message: null, version: null, environment: null, user_id: `user-${index}@${DOMAIN}` },
      },
    };
  });
}

function mapped(sink: EventSink<SinkEvent>, count: number): SinkEvent[] {
  return rows(count).flatMap((row) => {
    const outcome = sink.map(row, NOW);
    if (!('events' in outcome)) throw new Error(`the row was rejected: ${outcome.rejected.reason}`);
    return [...outcome.events];
  });
}

const calm = () => ({ signal: new AbortController().signal });

export function describeEventSink(name: string, make: () => Promise<SinkUnderTest>): void {
  describe(`${name} as event sink`, () => {
    let world: SinkUnderTest;
    beforeAll(async () => {
      world = await make();
    });
    afterAll(() => world?.cleanup());
    beforeEach(() => world.emulator.reset());

    describe('sending', () => {
      it('delivers a full batch in one request; sent again, nothing counts twice', async () => {
        const events = mapped(world.sink, world.sink.limits.events);
        expect(await world.sink.send(events, calm())).toEqual([]);
        expect(world.emulator.counters()).toMatchObject({ requests: 1, accepted: events.length });
        expect(await world.sink.send(events, calm())).toEqual([]);
        expect(world.emulator.counters()).toMatchObject({ accepted: 2 * events.length, different: events.length });
        const { dropped, changed, warnings, refused } = world.emulator.counters();
        expect({ dropped, changed, warnings, refused }).toEqual({
          dropped: {},
          changed: {},
          warnings: {},
          refused: {},
        });
      });

      it('says the size of events so that a batch within the limit is one that the vendor takes', async () => {
        const events = mapped(world.sink, 500);
        await world.sink.send(events, calm());
        const told = events.reduce((sum, { bytes }) => sum + bytes, 0);
        expect(told).toBeGreaterThanOrEqual(world.emulator.counters().bytes.uncompressed - 1_000);
      });

      it('names the refused events by their position, in order, and delivers all others', async () => {
        world.emulator.setFaults([{ kind: 'refuse-events', oneIn: 10 }]);
        const events = mapped(world.sink, 200);
        const refused = await world.sink.send(events, calm());
        const positions = refused.map(({ index }) => index);
        expect(positions).toEqual(positions.toSorted((a, b) => a - b));
        expect(new Set(positions).size).toBe(positions.length);
        expect(positions.length).toBeGreaterThan(0);
        expect(world.emulator.counters().different).toBe(events.length - positions.length);
        expectNoSecrets(refused, [...world.secrets, DOMAIN]);
        world.emulator.setFaults([]);
        const again = positions.flatMap((position) => events[position] ?? []);
        expect(await world.sink.send(again, calm())).toEqual([]);
        expect(world.emulator.counters().different).toBe(events.length);
      });

      it('delivers nothing of an empty batch', async () => {
        expect(await world.sink.send([], calm())).toEqual([]);
        expect(world.emulator.counters().requests).toBe(0);
      });

      it('ends with the reason of a signal that is aborted, before and during a request', async () => {
        const events = mapped(world.sink, 10);
        const gone = new Error('cancelled before');
        await expect(world.sink.send(events, { signal: AbortSignal.abort(gone) })).rejects.toBe(gone);
        expect(world.emulator.counters().requests).toBe(0);

        world.emulator.setFaults([{ kind: 'slow', milliseconds: 3_600_000 }]);
        const abort = new AbortController();
        const sending = world.sink.send(events, { signal: abort.signal });
        const outcome = expect(sending).rejects.toThrow('cancelled during');
        await expect.poll(() => world.emulator.counters().requests).toBe(1);
        abort.abort(new Error('cancelled during'));
        await outcome;
        await expect.poll(() => world.emulator.counters().abandoned).toBe(1);
      });
    });

    describe('test', () => {
      it('tries the way and the key, and leaves nothing behind', async () => {
        const steps = await world.sink.test();
        expect(steps.map(({ step, ok }) => [step, ok])).toEqual(
          ['resolve', 'connect', 'key'].map((step) => [step, true]),
        );
        expect(world.emulator.counters()).toMatchObject({ accepted: 0, dropped: {} });
      });

      it.each([
        ['wrong key', ['resolve', 'connect', 'key'], 'DestinationDenied'],
        ['unreachable', ['resolve', 'connect'], 'DestinationBusy'],
      ] as const)('says which step failed and leaves out the later ones: %s', async (fault, steps, type) => {
        const sink = world.broken(fault);
        const results = await sink.test();
        sink.close();
        expect(results.map(({ step, ok }) => [step, ok])).toEqual(
          steps.map((step, index) => [step, index < steps.length - 1]),
        );
        expect(results.at(-1)?.failure).toMatchObject({ type, remedy: expect.stringMatching(/\w.*\.$/s) });
        expectNoSecrets(results, world.secrets);
        expect(world.emulator.counters()).toMatchObject({ accepted: 0, dropped: {} });
      });
    });

    describe('errors', () => {
      it('of an address where nobody answers are DestinationBusy, have a remedy, and hold no secret and no value of a row', async () => {
        const sink = world.broken('unreachable');
        const error = await catchExportError(sink.send(mapped(sink, 3), calm()));
        sink.close();
        expect(error).toMatchObject({ type: 'DestinationBusy', remedy: expect.stringMatching(/\.$/) });
        expectNoSecrets(error, [...world.secrets, DOMAIN]);
      });

      it.each([
        [401, 'DestinationDenied'],
        [403, 'DestinationDenied'],
        [402, 'DestinationBusy'],
        [404, 'ConfigInvalid'],
        [429, 'DestinationBusy'],
        [503, 'DestinationBusy'],
      ] as const)('of answer %i are %s, and nothing counts as delivered', async (status, type) => {
        world.emulator.setFaults([{ kind: 'status', status }]);
        const error = await catchExportError(world.sink.send(mapped(world.sink, 3), calm()));
        expect(error).toMatchObject({ type, remedy: expect.stringMatching(/\.$/) });
        expectNoSecrets(error, [...world.secrets, DOMAIN]);
        expect(world.emulator.counters().accepted).toBe(0);
      });
    });
  });
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExportError } from '../../../../activities/export-error.ts';
import { sendInHalves } from '../../../../activities/sinks/halving.ts';
import type { Decision } from '../../../../activities/sinks/verdict.ts';
import { catchExportError } from '../../../destinations/export-errors.ts';

const alone = { reason: 'refused', field: '', message: 'not taken' };
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** A vendor that refuses every request with a bad event in it. */
function vendor(isBad: (event: number) => boolean) {
  const delivered: number[] = [];
  let requests = 0;
  return {
    delivered,
    requests: () => requests,
    send: async (batch: readonly number[]): Promise<Decision> => {
      requests += 1;
      if (batch.some(isBad)) return { kind: 'halve', status: 400, alone };
      delivered.push(...batch);
      return { kind: 'delivered', refused: [] };
    },
  };
}

describe('a batch that does not pass as a whole', () => {
  it('has exactly its bad events refused, and each good one delivered once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        fc.array(fc.nat(299), { maxLength: 15 }),
        async (count, chosen) => {
          const bad = new Set(chosen.filter((index) => index < count));
          const { send, delivered } = vendor((event) => bad.has(event));
          const refused = await sendInHalves(numbers(count), send, 'PostHog');
          expect(refused.map(({ index }) => index)).toEqual([...bad].sort((a, b) => a - b));
          expect(delivered).toEqual(numbers(count).filter((event) => !bad.has(event)));
        },
      ),
    );
  });

  it('needs few requests for one bad event', async () => {
    const { send, requests } = vendor((event) => event === 1_234);
    await sendInHalves(numbers(2_000), send, 'PostHog');
    expect(requests()).toBeLessThanOrEqual(25);
  });

  it('keeps the positions of events that the vendor names in a part of it', async () => {
    const send = async (batch: readonly number[]): Promise<Decision> => {
      if (batch.length > 4) return { kind: 'halve', status: 413, alone };
      return {
        kind: 'delivered',
        refused: batch.flatMap((event, index) => (event === 7 ? [{ ...alone, index }] : [])),
      };
    };
    expect(await sendInHalves(numbers(16), send, 'Mixpanel')).toEqual([{ ...alone, index: 7 }]);
  });

  it('is not put aside when nothing at all is taken: that is no fault of events', async () => {
    const { send, requests } = vendor(() => true);
    const error = await catchExportError(sendInHalves(numbers(2_000), send, 'PostHog'));
    expect(error.type).toBe('Unexpected');
    expect(requests()).toBeLessThan(60);
  });

  it('may have many bad events when others were taken before', async () => {
    const { send } = vendor((event) => event > 0);
    expect(await sendInHalves(numbers(64), send, 'PostHog')).toHaveLength(63);
  });

  it('stops at the first request that says that no event would pass', async () => {
    const error = new ExportError('DestinationDenied', 'no', 'key');
    let requests = 0;
    const send = async (): Promise<Decision> => {
      requests += 1;
      return requests === 1 ? { kind: 'halve', status: 413, alone } : { kind: 'failed', error };
    };
    await expect(sendInHalves(numbers(8), send, 'PostHog')).rejects.toBe(error);
    expect(requests).toBe(2);
  });

  it('is no request when it is empty', async () => {
    const { send, requests } = vendor(() => false);
    expect(await sendInHalves([], send, 'PostHog')).toEqual([]);
    expect(requests()).toBe(0);
  });
});

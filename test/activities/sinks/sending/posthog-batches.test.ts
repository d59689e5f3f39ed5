import { describe, expect, it } from 'vitest';
import type { HttpAnswer, HttpClient } from '../../../../activities/sinks/http-request.ts';
import { openPostHogBatches } from '../../../../activities/sinks/posthog/posthog-batches.ts';
import { catchExportError } from '../../../destinations/export-errors.ts';
import { calm, POSTHOG_KEY, postHogEvents, uuidOf } from './sending-world.ts';

const { signal } = calm();
const answer = (status: number): HttpAnswer => ({ status, headers: {}, text: '' });

/** A client over an HTTP client that answers by script, and the ids of each request. */
function world(...script: (HttpAnswer | Error)[]) {
  const requests: string[][] = [];
  const http: HttpClient = {
    async ask({ body = '' }) {
      const outcome = script[requests.length] ?? answer(200);
      requests.push(JSON.parse(body).batch.map(({ uuid }: { uuid: string }) => uuid));
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    close: () => undefined,
  };
  const batches = openPostHogBatches({
    origin: 'https://posthog.example',
    apiKey: POSTHOG_KEY,
    historical: false,
    http,
  });
  return { batches, requests };
}

describe('what posthog-node keeps to itself', () => {
  it.each([200, 201, 400, 401, 408, 413, 429, 500, 503])(
    'status %i is told as it is, after one request',
    async (status) => {
      const { batches, requests } = world(answer(status));
      expect((await batches.send(postHogEvents(10), signal)).status).toBe(status);
      expect(requests).toHaveLength(1);
    },
  );

  it.each([400, 413, 429, 500])('after status %i the next request holds its own events only', async (status) => {
    const { batches, requests } = world(answer(status));
    await batches.send(postHogEvents(4), signal);
    await batches.send(
      postHogEvents(2, (index) => ({ uuid: uuidOf(100 + index) })),
      signal,
    );
    expect(requests[1]).toEqual([uuidOf(100), uuidOf(101)]);
  });

  it("the network's fault is thrown as it is, after one request", async () => {
    const fault = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    const { batches, requests } = world(fault);
    await expect(batches.send(postHogEvents(4), signal)).rejects.toBe(fault);
    expect(requests).toHaveLength(1);
  });

  it('a batch that it cannot write as JSON is an error, not a success', async () => {
    const { batches, requests } = world();
    const properties = {
      toJSON: () => {
        throw new Error('no JSON');
      },
    };
    const error = await catchExportError(
      batches.send(
        postHogEvents(3, (index) => (index === 1 ? { properties } : {})),
        signal,
      ),
    );
    expect(error.type).toBe('Unexpected');
    expect(requests).toEqual([]);
  });

  it('an event to which it would give another id is an error, not a success', async () => {
    const { batches } = world();
    const sent = batches.send(
      postHogEvents(3, (index) => (index === 1 ? { uuid: 'no uuid' } : {})),
      signal,
    );
    expect((await catchExportError(sent)).type).toBe('Unexpected');
  });

  it('two events with the same id both go', async () => {
    const { batches, requests } = world();
    await batches.send(
      postHogEvents(2, () => ({ uuid: uuidOf(1) })),
      signal,
    );
    expect(requests).toEqual([[uuidOf(1), uuidOf(1)]]);
  });

  it('a batch far above its own limits is still one request', async () => {
    const { batches, requests } = world();
    await batches.send(postHogEvents(12_000), signal);
    expect(requests.map((request) => request.length)).toEqual([12_000]);
  });
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { uuidsOf } from './posthog-requests.ts';
import { startScriptedServer } from './scripted-server.ts';
import { calm, postHogEvents, postHogSink, uuidOf } from './sending-world.ts';

const start = Date.parse('2026-03-01T00:00:00Z');

it('a batch goes out in the order of its times, and refusals still name the position that the event had', async () => {
  const bad = uuidOf(3);
  await using server = await startScriptedServer((request) =>
    uuidsOf(request).includes(bad) ? { status: 400, body: { code: 'invalid' } } : { body: { status: 'Ok' } },
  );
  const sink = postHogSink(server.origin);
  try {
    const times = fc.array(fc.integer({ min: 0, max: 86_399_999 }), { minLength: 5, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(times, async (offsets) => {
        const from = server.received.length;
        const events = postHogEvents(offsets.length, (index) => ({
          timestamp: new Date(start + (offsets[index] ?? 0)).toISOString(),
          batchKey: 'historical/2026-03-01',
        }));
        const refused = await sink.send(events, calm());
        expect(refused.map(({ index }) => index)).toEqual([3]);
        const inOrder = events.toSorted((a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp));
        const [whole] = server.received.slice(from);
        if (whole === undefined) throw new Error('no request');
        expect(uuidsOf(whole)).toEqual(inOrder.map(({ uuid }) => uuid));
      }),
      { numRuns: 15 },
    );
  } finally {
    sink.close();
  }
});

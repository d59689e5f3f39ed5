import { expect, it } from 'vitest';
import { startScriptedServer } from './scripted-server.ts';
import {
  calm,
  mixpanelEvents,
  mixpanelSink,
  postHogEvents,
  postHogSink,
  sinkOptions,
  testClock,
} from './sending-world.ts';

const LIMIT = { eventsPerSecond: 100 };
/** A quarter of a second may go at once, the rest of a thousand events is a debt. */
const WAIT_MS = ((1_000 - 25) / 100) * 1_000;

it('two deliveries to one PostHog project share one pace; another project has its own', async () => {
  await using server = await startScriptedServer(() => ({ body: { status: 'Ok' } }));
  await using other = await startScriptedServer(() => ({ body: { status: 'Ok' } }));
  const clock = testClock();
  const options = sinkOptions(clock);
  const sinks = [server, server, other].map(({ origin }) => postHogSink(origin, options, LIMIT));
  const [first, second, elsewhere] = sinks;
  await first?.send(postHogEvents(1_000), calm());
  await elsewhere?.send(postHogEvents(1_000), calm());
  expect(clock.pauses).toEqual([]);
  await second?.send(postHogEvents(1_000), calm());
  expect(clock.pauses).toEqual([WAIT_MS]);
  for (const sink of sinks) sink.close();
});

it('two deliveries to one Mixpanel project share one pace', async () => {
  await using server = await startScriptedServer(({ body }) => ({
    body: { code: 200, num_records_imported: JSON.parse(body).length },
  }));
  const clock = testClock();
  const options = sinkOptions(clock);
  const sinks = [1, 2].map(() => mixpanelSink(server.origin, options, LIMIT));
  for (const sink of sinks) await sink.send(mixpanelEvents(1_000), calm());
  expect(clock.pauses).toEqual([WAIT_MS]);
  for (const sink of sinks) sink.close();
});

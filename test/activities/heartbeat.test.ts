import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Beats, lastBeat, withHeartbeats } from '../../activities/heartbeat.ts';
import { runActivity } from './run-activity.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Runs `work` with heartbeats and returns the beats it sent. */
async function beatsOf(work: (beats: Beats) => Promise<void>): Promise<unknown[]> {
  const sent: unknown[] = [];
  let rows = 0;
  await runActivity(() => withHeartbeats(() => ({ rows: ++rows }), work), {
    environment: (given) => given.on('heartbeat', (beat) => sent.push(beat)),
  });
  return sent;
}

test('what is new goes out at once, and a beat follows every five seconds', async () => {
  const sent = await beatsOf(async (beats) => {
    await vi.advanceTimersByTimeAsync(500);
    beats.now();
    await vi.advanceTimersByTimeAsync(12_600);
  });
  expect(sent).toEqual([{ rows: 1 }, { rows: 2 }, { rows: 3 }, { rows: 4 }]);
});

test('beats go out while nothing is known, and end with the work', async () => {
  const sent = await beatsOf(async () => {
    await vi.advanceTimersByTimeAsync(3_100);
  });
  expect(sent).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sent).toHaveLength(1);
});

test('the last beat is for retries only, and only in a shape that we know', async () => {
  const beat = { key: 'k', uploadId: 'u', queryId: 'q', rows: 1, bytes: 2 };
  const read = (attempt: number, heartbeatDetails: unknown) =>
    runActivity(async () => lastBeat(), { attempt, heartbeatDetails });
  expect(await read(2, beat)).toEqual(beat);
  expect(await read(1, beat)).toBeUndefined();
  for (const odd of [undefined, null, 'text', [beat], { uploadId: 7 }]) expect(await read(2, odd)).toBeUndefined();
});

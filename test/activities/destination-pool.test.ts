import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createDestinationPool } from '../../activities/destination-pool.ts';
import { ExportError } from '../../activities/export-error.ts';
import { job, memoryStore } from './fakes.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function counted() {
  const counts = { opened: 0, closed: 0 };
  const pool = createDestinationPool(() => {
    counts.opened += 1;
    return memoryStore({
      close: () => {
        counts.closed += 1;
      },
    });
  }, 1_000);
  return { pool, counts };
}

test('one store serves everybody who uses the same destination, and closes when it was idle for a while', async () => {
  const { pool, counts } = counted();
  const first = await pool.open(job);
  const second = await pool.open(job);
  first.close();
  first.close();
  vi.advanceTimersByTime(5_000);
  expect(counts).toEqual({ opened: 1, closed: 0 });
  second.close();
  vi.advanceTimersByTime(999);
  (await pool.open(job)).close();
  vi.advanceTimersByTime(999);
  expect(counts).toEqual({ opened: 1, closed: 0 });
  vi.advanceTimersByTime(1);
  expect(counts.closed).toBe(1);
  await pool.open(job);
  expect(counts.opened).toBe(2);
});

test('another integration, or any change of the destination, has a store of its own', async () => {
  const { pool, counts } = counted();
  await pool.open(job);
  await pool.open({ ...job, integrationId: 'other' });
  const destination = { ...job.config.destination, prefix: 'other/' };
  await pool.open({ ...job, config: { ...job.config, destination } });
  expect(counts.opened).toBe(3);
  pool.close();
  expect(counts.closed).toBe(3);
});

test('a store that cannot be opened is tried again at the next call', async () => {
  let fails = true;
  const pool = createDestinationPool(() => {
    if (fails) throw new ExportError('ConfigInvalid', 'no', 'yes');
    return memoryStore();
  });
  await expect(pool.open(job)).rejects.toThrow('no');
  fails = false;
  await expect(pool.open(job)).resolves.toBeDefined();
});

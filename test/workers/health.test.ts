import { afterEach, expect, test } from 'vitest';
import { type HealthServer, startHealthServer } from '../../workers/health.ts';

let server: HealthServer | undefined;
afterEach(() => server?.close());

test('the process is live at once, and ready while it says so', async () => {
  let ready = false;
  server = await startHealthServer({ port: 0, bindAddress: '127.0.0.1' }, () => ready);
  const statusOf = async (path: string) => (await fetch(`http://127.0.0.1:${server?.port}${path}`)).status;
  expect(await statusOf('/live')).toBe(200);
  expect(await statusOf('/ready')).toBe(503);
  ready = true;
  expect(await statusOf('/ready')).toBe(200);
  ready = false;
  expect(await statusOf('/ready')).toBe(503);
  expect(await statusOf('/else')).toBe(404);
});

test('closing does not wait for idle connections', async () => {
  const closing = await startHealthServer({ port: 0, bindAddress: '127.0.0.1' }, () => true);
  await fetch(`http://127.0.0.1:${closing.port}/live`);
  await closing.close();
  await expect(fetch(`http://127.0.0.1:${closing.port}/live`)).rejects.toThrow();
});

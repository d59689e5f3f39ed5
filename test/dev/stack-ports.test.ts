import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../../dev/stack/ports.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
}

test('takes the preferred port when it is free', async () => {
  const { port } = await freePort(0);
  expect(await freePort(port)).toEqual({ port, preferred: port, taken: false });
});

test('takes the next free port when the preferred one is busy, and says so', async () => {
  const { port: busy } = await freePort(0);
  await listen(busy);
  const chosen = await freePort(busy);
  expect(chosen).toMatchObject({ preferred: busy, taken: true });
  expect(chosen.port).toBeGreaterThan(busy);
});

test('passes over ports that are promised to others', async () => {
  const { port } = await freePort(0);
  const chosen = await freePort(port, new Set([port]));
  expect(chosen.taken).toBe(true);
  expect(chosen.port).not.toBe(port);
});

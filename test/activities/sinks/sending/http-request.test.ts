import { randomBytes } from 'node:crypto';
import type { LookupFunction } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { NetworkRefusedError } from '../../../../activities/destinations/network-guard.ts';
import { createHttpClient, type HttpClient, type HttpOptions } from '../../../../activities/sinks/http-request.ts';
import { startScriptedServer } from './scripted-server.ts';
import { NOBODY, OPEN_POLICY } from './sending-world.ts';

const clients: HttpClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

function client(policy = OPEN_POLICY, options: HttpOptions = {}): HttpClient {
  const opened = createHttpClient(policy, options);
  clients.push(opened);
  return opened;
}

function post(origin: string, body = '{"a":1}', signal = new AbortController().signal) {
  return { method: 'POST' as const, url: new URL('/batch/', origin), body, gzip: true, signal };
}

describe('one HTTP request', () => {
  it('sends the body compressed and resolves with status, headers and text', async () => {
    await using server = await startScriptedServer(() => ({
      status: 429,
      headers: { 'retry-after': '7' },
      body: 'slow down',
    }));
    const body = JSON.stringify({ text: 'ä€😀'.repeat(50_000) });
    const answer = await client().ask(post(server.origin, body));
    expect(answer).toMatchObject({ status: 429, text: 'slow down' });
    expect(answer.headers['retry-after']).toBe('7');
    expect(server.received).toHaveLength(1);
    expect(server.received[0]).toMatchObject({ method: 'POST', path: '/batch/', body });
    expect(server.received[0]?.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-type': 'application/json',
    });
    expect(Number(server.received[0]?.headers['content-length'])).toBeLessThan(body.length / 10);
  });

  it('does not follow redirects', async () => {
    await using other = await startScriptedServer(() => ({}));
    await using server = await startScriptedServer(() => ({ status: 307, headers: { location: other.origin } }));
    expect((await client().ask(post(server.origin))).status).toBe(307);
    expect(other.received).toEqual([]);
  });

  it('cuts an answer off after one megabyte', async () => {
    await using server = await startScriptedServer(() => ({ body: 'x'.repeat(3_000_000) }));
    const { status, text } = await client().ask(post(server.origin));
    expect(status).toBe(200);
    expect(text).toHaveLength(1_000_000);
  });

  it.each(['cut before reading', 'cut after reading', 'cut in the answer'] as const)(
    "rejects with the network's code when the connection is %s",
    async (fault) => {
      await using server = await startScriptedServer(() => fault, { readBody: fault !== 'cut before reading' });
      const body = JSON.stringify({ text: 'x'.repeat(100_000) });
      await expect(client().ask(post(server.origin, body))).rejects.toMatchObject({
        code: expect.stringMatching(/^(ECONNRESET|EPIPE)$/),
      });
    },
  );

  it('resolves with an answer that comes before the body was read', async () => {
    await using server = await startScriptedServer(() => ({ status: 413, headers: { connection: 'close' } }), {
      readBody: false,
    });
    const body = JSON.stringify({ text: randomBytes(6_000_000).toString('base64') });
    expect((await client().ask(post(server.origin, body))).status).toBe(413);
  });

  it('rejects with ECONNREFUSED when nobody listens', async () => {
    await expect(client().ask(post(NOBODY))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('rejects with ETIMEDOUT when the answer does not come in time', async () => {
    await using server = await startScriptedServer(() => 'silence');
    await expect(client(OPEN_POLICY, { timeoutMs: 30 }).ask(post(server.origin))).rejects.toMatchObject({
      code: 'ETIMEDOUT',
    });
  });

  it("rejects with the signal's reason when aborted while it waits for the answer", async () => {
    await using server = await startScriptedServer(() => 'silence');
    const abort = new AbortController();
    const asked = client().ask(post(server.origin, '{}', abort.signal));
    await server.requests(1);
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(asked).rejects.toBe(reason);
  });

  it('sends nothing when aborted before', async () => {
    await using server = await startScriptedServer(() => ({}));
    const reason = new Error('enough');
    await expect(client().ask(post(server.origin, '{}', AbortSignal.abort(reason)))).rejects.toBe(reason);
    expect(server.received).toEqual([]);
  });
});

describe('addresses that the policy forbids', () => {
  it('are refused when they stand in the URL', async () => {
    await using server = await startScriptedServer(() => ({}));
    const asked = client({ ...OPEN_POLICY, allowPrivateNetworks: false }).ask(post(server.origin));
    await expect(asked).rejects.toBeInstanceOf(NetworkRefusedError);
    expect(server.received).toEqual([]);
  });

  it('are refused when a public name leads to them', async () => {
    await using server = await startScriptedServer(() => ({}));
    const lookup: LookupFunction = (_, __, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
    const { port } = new URL(server.origin);
    const asked = client({ ...OPEN_POLICY, allowPrivateNetworks: false }, { lookup }).ask(
      post(`http://posthog.example:${port}`),
    );
    await expect(asked).rejects.toBeInstanceOf(NetworkRefusedError);
    expect(server.received).toEqual([]);
  });

  it('include all without TLS, unless http is allowed', async () => {
    await using server = await startScriptedServer(() => ({}));
    const asked = client({ ...OPEN_POLICY, allowHttp: false }).ask(post(server.origin));
    await expect(asked).rejects.toMatchObject({ reason: 'http' });
    expect(server.received).toEqual([]);
  });
});

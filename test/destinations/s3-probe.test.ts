import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { probeS3 } from '../../activities/destinations/s3-probe.ts';
import { openS3Session } from '../../activities/destinations/s3-session.ts';
import { type SeenRequest, s3Error } from './fake-s3.ts';
import { ids, openPolicy, s3Destination, sealer, storeThat } from './stores.ts';

describe('the test of a destination', () => {
  it.each([
    ['read', (request: SeenRequest) => request.method === 'GET' && !request.url.includes('list-type')],
    ['list', (request: SeenRequest) => request.url.includes('list-type')],
  ])('removes what it wrote when the right to %s is missing', async (step, isRefused) => {
    const { server, store } = await storeThat((request) =>
      isRefused(request) ? s3Error(403, 'AccessDenied') : undefined,
    );
    expect((await store.test()).at(-1)).toMatchObject({ step, ok: false, failure: { type: 'DestinationDenied' } });
    expect([...server.objects.keys()]).toEqual([]);
  });

  it('says so when the right to delete is missing', async () => {
    const { store } = await storeThat(({ method, url }) =>
      method === 'DELETE' && !url.includes('uploadId') ? s3Error(403, 'AccessDenied') : undefined,
    );
    expect((await store.test()).at(-1)).toMatchObject({ step: 'delete', ok: false });
  });

  it('says so when the right to end an upload is missing', async () => {
    const { server, store } = await storeThat(({ method, url }) =>
      method === 'DELETE' && url.includes('uploadId') ? s3Error(403, 'AccessDenied') : undefined,
    );
    expect((await store.test()).at(-1)).toMatchObject({ step: 'write', ok: false });
    expect([...server.objects.keys()]).toEqual([]);
  });
});

describe('a server that accepts connections and says nothing', () => {
  it('fails the test of the destination in the step "connect"', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const destination = s3Destination({ endpoint: `http://127.0.0.1:${port}`, bucket: 'bucket' });
    const session = openS3Session(destination, { ...ids, sealer, policy: openPolicy });
    expect(await probeS3(session, 'x/', 200)).toMatchObject([
      { step: 'resolve', ok: true },
      { step: 'connect', ok: false, failure: { type: 'DestinationBusy', remedy: expect.stringContaining('firewall') } },
    ]);
    session.client.destroy();
  });
});

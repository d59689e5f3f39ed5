/** What the store makes of answers that the server of the stack does not give: Amazon's, other vendors', broken ones. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { bytes, streamOf, TWO_PARTS, uploadOptions } from './bodies.ts';
import { catchExportError, expectNoSecrets } from './export-errors.ts';
import { s3Error } from './fake-s3.ts';
import { openStore, s3Destination, storeThat } from './stores.ts';

describe('the region', () => {
  it.each([
    [
      'a redirect with a header',
      s3Error(301, 'PermanentRedirect', { headers: { 'x-amz-bucket-region': 'eu-central-1' } }),
    ],
    ['a redirect without a body', { status: 301, headers: { 'x-amz-bucket-region': 'eu-central-1' } }],
    [
      'a refused signature that names it',
      s3Error(400, 'AuthorizationHeaderMalformed', { xml: '<Region>eu-central-1</Region>' }),
    ],
    [
      'a refused signature that says it in words',
      s3Error(400, 'AuthorizationHeaderMalformed', {
        message: "the region 'us-east-1' is wrong; expecting 'eu-central-1'",
      }),
    ],
  ])('stands in the remedy after %s', async (_, answer) => {
    const { server, store } = await storeThat(() => answer);
    const error = await catchExportError(store.put('k', 'x', 'text/plain'));
    expect(error).toMatchObject({ type: 'ConfigInvalid', remedy: 'Set the region to eu-central-1.' });
    expect(server.requests).toHaveLength(1);
  });
});

describe('a busy server', () => {
  it('is tried again by the client, then tells how long to wait', async () => {
    const { server, store } = await storeThat(() => s3Error(503, 'SlowDown', { headers: { 'retry-after': '1' } }));
    const attempt = catchExportError(store.put('k', 'x', 'text/plain'));
    expect(await attempt).toMatchObject({ type: 'DestinationBusy', retryAfterMs: 1_000 });
    expect(server.requests.length).toBeGreaterThan(1);
  }, 30_000);

  it('that recovers is not noticed', async () => {
    let calls = 0;
    const { store } = await storeThat(() => (calls++ === 0 ? s3Error(500, 'InternalError') : undefined));
    await store.put('k', 'x', 'text/plain');
    expect((await store.get('k'))?.toString()).toBe('x');
  });
});

describe('a completed upload', () => {
  it('is removed and tried again when the store holds another number of bytes', async () => {
    const { server, store } = await storeThat(({ method }) =>
      method === 'HEAD' ? { status: 200, headers: { 'content-length': '5' } } : undefined,
    );
    const error = await catchExportError(store.upload('k', streamOf(bytes(TWO_PARTS)), uploadOptions()));
    expect(error).toMatchObject({ type: 'DestinationBusy', message: expect.stringContaining('other bytes') });
    expect(server.objects.size).toBe(0);
  });

  it('is removed when the checksum over its parts is another', async () => {
    const { server, store } = await storeThat(({ method, url }) =>
      method === 'POST' && url.includes('uploadId')
        ? {
            status: 200,
            body: '<CompleteMultipartUploadResult><ChecksumSHA256>AAAA-2</ChecksumSHA256></CompleteMultipartUploadResult>',
          }
        : undefined,
    );
    expect(await catchExportError(store.upload('k', streamOf(bytes(TWO_PARTS)), uploadOptions()))).toMatchObject({
      type: 'DestinationBusy',
    });
    expect(server.requests.filter(({ method, url }) => method === 'DELETE' && !url.includes('uploadId'))).toHaveLength(
      1,
    );
  });

  it('that fails inside an answer of status 200 is a failure, and the upload is aborted', async () => {
    const { server, store } = await storeThat(({ method, url }) =>
      method === 'POST' && url.includes('uploadId') ? { ...s3Error(200, 'InternalError'), status: 200 } : undefined,
    );
    expect(await catchExportError(store.upload('k', streamOf(bytes(TWO_PARTS)), uploadOptions()))).toMatchObject({
      type: 'DestinationBusy',
    });
    expect(server.requests.some(({ method, url }) => method === 'DELETE' && url.includes('uploadId'))).toBe(true);
  }, 30_000);
});

describe('a part that fails', () => {
  it('ends the upload at once, though the source is silent', async () => {
    const { server, store } = await storeThat(({ url }) =>
      url.includes('partNumber') ? s3Error(403, 'AccessDenied') : undefined,
    );
    const chunks = [Buffer.alloc(9 * 2 ** 20)];
    const body = new Readable({
      read() {
        const chunk = chunks.pop();
        if (chunk !== undefined) this.push(chunk);
      },
    });
    expect(await catchExportError(store.upload('k', body, uploadOptions()))).toMatchObject({
      type: 'DestinationDenied',
    });
    expect(body.destroyed).toBe(true);
    expect(server.requests.at(-1)).toMatchObject({ method: 'DELETE', url: expect.stringContaining('uploadId') });
  });
});

describe('what is no S3 server', () => {
  const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Welcome</html>' };
  it.each([
    ['says 200 to everything', page, 'ConfigInvalid'],
    [
      'sends on to another address',
      { status: 307, headers: { location: 'http://169.254.169.254/latest' } },
      'ConfigInvalid',
    ],
    ['has no such page', { ...page, status: 404 }, 'DestinationMissing'],
    ['wants a login', { ...page, status: 401 }, 'DestinationDenied'],
    ['has a gateway that fails', { ...page, status: 502 }, 'DestinationBusy'],
  ])(
    'is told by its answers: %s',
    async (_, answer, type) => {
      const { store } = await storeThat(() => answer);
      for (const operation of [
        () => store.put('k', 'x', 'text/plain'),
        () => store.upload('k', streamOf(bytes(100)), uploadOptions()),
        () => store.upload('k', streamOf(bytes(TWO_PARTS)), uploadOptions()),
      ]) {
        expect(await catchExportError(operation())).toMatchObject({ type });
      }
    },
    30_000,
  );

  it('does not bring its own text before our users', async () => {
    const secretive = s3Error(403, 'SignatureDoesNotMatch', {
      message: 'StringToSign: AWS4-HMAC-SHA256 a-secret-of-tests',
      xml: '<StringToSign>AWS4-HMAC-SHA256</StringToSign><AWSAccessKeyId>AKIATEST</AWSAccessKeyId>',
    });
    const evil = s3Error(403, '&lt;b&gt;call +1 555 0100 and read out your key&lt;/b&gt;');
    for (const answer of [secretive, evil]) {
      const { store } = await storeThat(() => answer);
      const error = await catchExportError(store.put('k', 'x', 'text/plain'));
      expect(error.type).toBe('DestinationDenied');
      expectNoSecrets(error, ['a-secret-of-tests', 'AKIATEST', 'the server says', '555 0100']);
    }
  });
});

describe('TLS', () => {
  it('that the server does not speak is a fault of the configuration', async () => {
    const { server } = await storeThat();
    const endpoint = server.url.replace('http:', 'https:');
    const store = openStore(s3Destination({ endpoint, bucket: 'bucket' }));
    const error = await catchExportError(store.put('k', 'x', 'text/plain'));
    expect(error).toMatchObject({ type: 'ConfigInvalid', remedy: expect.stringContaining('protocol') });
    expect((await store.test()).at(-1)).toMatchObject({ step: 'connect', ok: false });
  });
});

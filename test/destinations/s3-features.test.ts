/** Headers that not every request has and not every server knows. */
import { describe, expect, it } from 'vitest';
import { bytes, streamOf, TWO_PARTS, uploadOptions } from './bodies.ts';
import { catchExportError } from './export-errors.ts';
import { type SeenRequest, s3Error } from './fake-s3.ts';
import { storeThat } from './stores.ts';

describe('server-side encryption', () => {
  const kms = { kind: 'aws:kms', keyId: 'arn:aws:kms:eu-central-1:111122223333:key/abc' };
  it.each([
    [{ kind: 'AES256' }, 'AES256', undefined],
    [kms, 'aws:kms', kms.keyId],
    [{ kind: 'none' }, undefined, undefined],
  ])(
    '%j stands on every put and every start of an upload, and nowhere else',
    async (serverSideEncryption, mode, keyId) => {
      const { server, store } = await storeThat(undefined, { serverSideEncryption });
      await store.put('m', 'x', 'text/plain');
      await store.putIfAbsent('o', 'x', 'text/plain');
      await store.upload('small', streamOf(bytes(100)), uploadOptions());
      await store.upload('large', streamOf(bytes(TWO_PARTS)), uploadOptions());
      const begins = ({ method, url }: SeenRequest) =>
        (method === 'PUT' && !url.includes('partNumber')) || url.includes('uploads');
      expect(server.requests.filter(begins)).toHaveLength(4);
      for (const request of server.requests) {
        const expected = begins(request) ? [mode, keyId] : [undefined, undefined];
        const { headers } = request;
        expect([
          headers['x-amz-server-side-encryption'],
          headers['x-amz-server-side-encryption-aws-kms-key-id'],
        ]).toEqual(expected);
      }
    },
  );
});

describe('conditions and checksums', () => {
  const refuses =
    (header: string, status = 501, code = 'NotImplemented', message = 'not here') =>
    (request: SeenRequest) =>
      request.headers[header] === undefined ? undefined : s3Error(status, code, { message });

  it('stand on data objects: small ones at the put, large ones at the completion', async () => {
    const { server, store } = await storeThat();
    await store.upload('small', streamOf(bytes(100)), uploadOptions());
    await store.upload('large', streamOf(bytes(TWO_PARTS)), uploadOptions());
    const conditional = server.requests.filter(({ headers }) => headers['if-none-match'] === '*');
    expect(conditional.map(({ method }) => method)).toEqual(['PUT', 'POST']);
    const bodies = server.requests.filter(({ method, body }) => method === 'PUT' && body.length > 0);
    for (const { headers } of bodies) {
      const checksum = Buffer.from(String(headers['x-amz-checksum-sha256']), 'base64').toString('hex');
      expect(checksum).toBe(headers['x-amz-content-sha256']);
    }
  });

  it('are left out, once and for all, where a server does not have conditions', async () => {
    const { server, store } = await storeThat(refuses('if-none-match'));
    await store.upload('a', streamOf(bytes(100)), uploadOptions());
    await store.upload('b', streamOf(bytes(TWO_PARTS)), uploadOptions());
    expect(server.objects.get('/bucket/b')).toHaveLength(TWO_PARTS);
    expect(server.requests.filter(({ headers }) => headers['if-none-match'] !== undefined)).toHaveLength(2);
    expect(
      server.requests.filter(({ headers }) => headers['x-amz-checksum-sha256'] !== undefined).length,
    ).toBeGreaterThan(2);
  });

  it('are replaced by a look before the write, so that nothing is overwritten there either', async () => {
    const { server, store } = await storeThat(refuses('if-none-match'));
    server.objects.set('/bucket/k', Buffer.from('there'));
    expect(await store.putIfAbsent('k', 'new', 'text/plain')).toBe(false);
    expect(await catchExportError(store.upload('k', streamOf(bytes(100)), uploadOptions()))).toMatchObject({
      type: 'DestinationBusy',
    });
    expect(await catchExportError(store.upload('k', streamOf(bytes(TWO_PARTS)), uploadOptions()))).toMatchObject({
      type: 'DestinationBusy',
    });
    expect(server.objects.get('/bucket/k')?.toString()).toBe('there');
  });

  it.each([
    [501, 'NotImplemented', 'a header you provided implies functionality that is not implemented'],
    [400, 'InvalidArgument', "Unsupported header 'x-amz-checksum-sha256' received for this API call"],
  ])('are left out where a server does not have checksums: %i %s', async (status, code, message) => {
    const { server, store } = await storeThat(refuses('x-amz-checksum-sha256', status, code, message));
    await store.upload('a', streamOf(bytes(100)), uploadOptions());
    await store.upload('b', streamOf(bytes(100)), uploadOptions());
    const last = server.requests.at(-1);
    expect(server.requests).toHaveLength(3);
    expect(last?.headers['if-none-match']).toBe('*');
    expect(last?.headers['x-amz-content-sha256']).toMatch(/^[0-9a-f]{64}$/);
  });

  it('do not hide another fault', async () => {
    const { store } = await storeThat(() => s3Error(501, 'NotImplemented'));
    expect(await catchExportError(store.upload('a', streamOf(bytes(100)), uploadOptions()))).toMatchObject({
      type: 'ConfigInvalid',
    });
  });
});

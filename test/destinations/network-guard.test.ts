import { once } from 'node:events';
import { get } from 'node:http';
import type { LookupFunction } from 'node:net';
import { describe, expect, it } from 'vitest';
import { guardedAgents, guardedLookup } from '../../activities/destinations/guarded-agents.ts';
import {
  assertAddressesAllowed,
  assertUrlAllowed,
  isPublicAddress,
  isTrustedHost,
  NetworkRefusedError,
} from '../../activities/destinations/network-guard.ts';
import type { NetworkPolicy } from '../../activities/destinations/policy.ts';
import { catchExportError } from './export-errors.ts';
import { fakeS3 } from './fake-s3.ts';
import { openPolicy, openStore, s3Destination } from './stores.ts';

const strict: NetworkPolicy = { allowPrivateNetworks: false, allowedHosts: [], allowHttp: true };

describe('addresses', () => {
  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '10.255.255.255',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.0.1',
    '169.254.169.254',
    '169.254.170.2',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.170',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.7',
    '203.0.113.7',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:8.8.8.8',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '',
    'localhost',
    '1.2.3',
    '2130706433',
  ])('are refused: %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '52.95.110.1',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700::1',
    '2a00:1450:4001::1',
    '2600:1f18::1',
    '2001:4860:4860::8888',
  ])('pass: %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

describe('endpoints', () => {
  it.each([
    'https://127.0.0.1',
    'https://127.1',
    'https://2130706433',
    'https://0x7f.0.0.1',
    'https://0177.0.0.1',
    'https://[::1]',
    'https://[::ffff:127.0.0.1]',
    'https://169.254.169.254',
    'http://10.0.0.1:9000',
    'https://[fe80::1]',
    'https://0',
  ])('with a forbidden address are refused in every spelling: %s', (url) => {
    expect(() => assertUrlAllowed(new URL(url), strict)).toThrow(NetworkRefusedError);
  });

  it('without TLS need the permission of the operator', () => {
    const url = new URL('http://s3.example.com');
    expect(() => assertUrlAllowed(url, strict)).not.toThrow();
    expect(() => assertUrlAllowed(url, { ...strict, allowHttp: false })).toThrow(NetworkRefusedError);
  });

  it('on the list of allowed hosts may have any address', () => {
    const policy = { ...strict, allowedHosts: ['minio.internal', '10.0.0.7'] };
    for (const host of ['minio.internal', 'bucket.minio.internal', 'MINIO.internal.', '10.0.0.7']) {
      expect(isTrustedHost(host, policy)).toBe(true);
    }
    for (const host of ['evil-minio.internal', 'minio.internal.evil.com', '10.0.0.8', '1.10.0.0.7', 'internal']) {
      expect(isTrustedHost(host, policy)).toBe(false);
    }
  });

  it('are refused when only one of their addresses is forbidden', () => {
    expect(() => assertAddressesAllowed('x.example.com', ['8.8.8.8', '10.0.0.1'], strict)).toThrow(NetworkRefusedError);
    expect(() => assertAddressesAllowed('x.example.com', ['8.8.8.8'], strict)).not.toThrow();
  });
});

/** Answers the next of the given addresses at each call. */
function rebinding(...addresses: string[]): LookupFunction {
  return (_, options, callback) => {
    const address = addresses.shift() ?? '';
    if (options.all) callback(null, [{ address, family: 4 }]);
    else callback(null, address, 4);
  };
}

describe('a connection', () => {
  it('is refused when the name answers with a private address after it answered with a public one', async () => {
    const lookup = guardedLookup(strict, rebinding('8.8.8.8', '127.0.0.1'));
    const ask = () =>
      new Promise((resolve) => lookup('s3.example.com', {}, (error, address) => resolve(error ?? address)));
    expect(await ask()).toBe('8.8.8.8');
    expect(await ask()).toBeInstanceOf(NetworkRefusedError);
  });

  it('never reaches the server behind a forbidden name', async () => {
    const server = await fakeS3();
    const port = new URL(server.url).port;
    const { httpAgent: agent } = guardedAgents(strict, rebinding('127.0.0.1'));
    const [error] = await once(get({ host: 's3.example.com', port, agent }), 'error');
    expect(error).toBeInstanceOf(NetworkRefusedError);

    const allowed = guardedAgents({ ...strict, allowedHosts: ['s3.example.com'] }, rebinding('127.0.0.1'));
    const [response] = await once(get({ host: 's3.example.com', port, agent: allowed.httpAgent }), 'response');
    response.resume();
    expect(server.requests).toHaveLength(1);
  });

  it('is refused to an address that asks no name server', async () => {
    const { httpAgent, httpsAgent } = guardedAgents(strict);
    for (const host of ['127.0.0.1', '::1']) {
      expect(() => httpAgent.createConnection({ host, port: 1 })).toThrow(NetworkRefusedError);
      expect(() => httpsAgent.createConnection({ host, port: 1 })).toThrow(NetworkRefusedError);
    }
  });
});

describe('a destination', () => {
  it('at a forbidden address is refused when it is opened', async () => {
    for (const endpoint of ['http://127.0.0.1:9000', 'http://[::1]:9000', 'http://169.254.169.254']) {
      const opened = (async () =>
        openStore(s3Destination({ endpoint, bucket: 'bucket' }), { policy: { ...openPolicy, ...strict } }))();
      expect(await catchExportError(opened)).toMatchObject({
        type: 'ConfigInvalid',
        remedy: expect.stringContaining('allowed hosts'),
      });
    }
  });

  it('at a name with a forbidden address is refused by its test and by every operation', async () => {
    const server = await fakeS3();
    const endpoint = server.url.replace('127.0.0.1', 'localhost');
    const store = openStore(s3Destination({ endpoint, bucket: 'bucket' }), { policy: { ...openPolicy, ...strict } });
    expect(await store.test()).toMatchObject([{ step: 'resolve', ok: false, failure: { type: 'ConfigInvalid' } }]);
    expect(await catchExportError(store.put('k', 'x', 'text/plain'))).toMatchObject({ type: 'ConfigInvalid' });
    expect(await catchExportError(store.get('k'))).toMatchObject({ type: 'ConfigInvalid' });
    expect(server.requests).toEqual([]);
  });

  it('that redirects is not followed', async () => {
    const inner = await fakeS3();
    for (const status of [301, 302, 303, 307, 308]) {
      const outer = await fakeS3(() => ({ status, headers: { location: `${inner.url}/bucket/k` } }));
      const store = openStore(s3Destination({ endpoint: outer.url, bucket: 'bucket' }));
      expect(await catchExportError(store.get('k'))).toMatchObject({ type: 'ConfigInvalid' });
      expect(await catchExportError(store.put('k', 'x', 'text/plain'))).toMatchObject({ type: 'ConfigInvalid' });
    }
    expect(inner.requests).toEqual([]);
  });
});

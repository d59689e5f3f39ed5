import { HeadObjectCommand, ListMultipartUploadsCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../activities/destinations/object-store.ts';
import { claimFolder, type Owner } from '../../activities/destinations/owner-marker.ts';
import { freePort } from '../../dev/stack/ports.ts';
import { createWorld, type World } from '../support/world.ts';
import { describeObjectStore, type StoreUnderTest } from './conformance.ts';
import { catchExportError } from './export-errors.ts';
import { ids, openStore, type S3Place, s3Destination } from './stores.ts';

function placeIn({ s3 }: World): S3Place {
  const { url, bucket, accessKeyId, secretAccessKey } = s3;
  return { endpoint: url, bucket, accessKeyId, secretAccessKey };
}

async function s3UnderTest(): Promise<StoreUnderTest> {
  const world = await createWorld();
  const { client, bucket } = world.s3;
  const place = placeIn(world);
  const { port } = await freePort(0);
  const store = openStore(s3Destination(place));
  const faults = {
    'wrong secret': { ...place, secretAccessKey: 'not-the-secret-of-this-key' },
    'unknown key id': { ...place, accessKeyId: 'AKIAUNKNOWN' },
    'missing bucket': { ...place, bucket: `${bucket}-missing` },
    unreachable: { ...place, endpoint: `http://127.0.0.1:${port}` },
  };
  return {
    store,
    prefix: 'exports/',
    async objects() {
      const keys: string[] = [];
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket })) {
        keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
      }
      return keys;
    },
    async unfinishedUploads() {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      return Uploads.flatMap(({ Key }) => Key ?? []);
    },
    broken: (fault) => openStore(s3Destination(faults[fault])),
    secrets: [world.s3.secretAccessKey, 'not-the-secret-of-this-key'],
    async cleanup() {
      store.close();
      await world.cleanup();
    },
  };
}

describeObjectStore('S3', s3UnderTest);

describe('S3', () => {
  let world: World;
  let store: ObjectStore;
  beforeAll(async () => {
    world = await createWorld();
    store = openStore(s3Destination(placeIn(world)));
  });
  afterAll(async () => {
    store?.close();
    await world?.cleanup();
  });

  it('keeps content type and SHA-256 of an object', async () => {
    await store.put('exports/typed.json', '{}', 'application/json; charset=utf-8');
    const head = new HeadObjectCommand({ Bucket: world.s3.bucket, Key: 'exports/typed.json', ChecksumMode: 'ENABLED' });
    const { ContentType, ChecksumSHA256 } = await world.s3.client.send(head);
    expect(ContentType).toBe('application/json; charset=utf-8');
    expect(ChecksumSHA256).toBe('RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=');
  });

  it('refuses a key that is longer than S3 allows with a remedy', async () => {
    const error = await catchExportError(store.put(`exports/${'x'.repeat(1_100)}`, '', 'text/plain'));
    expect(error).toMatchObject({ type: 'ConfigInvalid', remedy: expect.stringContaining('prefix') });
  });

  it('refuses a key whose folder is longer than the server can take', async () => {
    const error = await catchExportError(store.put(`exports/${'x'.repeat(300)}/a`, '', 'text/plain'));
    expect(error.type).toBe('ConfigInvalid');
  });
});

describe('the owner marker', () => {
  let world: World;
  let store: ObjectStore;
  const owner: Owner = { ...ids, installation: 'installation-a' };
  const claim = (prefix: string, changes: Partial<Owner> = {}) =>
    claimFolder(store, { prefix, owner: { ...owner, ...changes }, at: '2026-03-01T00:00:00.000Z' });
  beforeAll(async () => {
    world = await createWorld();
    store = openStore(s3Destination(placeIn(world)));
  });
  afterAll(async () => {
    store?.close();
    await world?.cleanup();
  });

  it('can be claimed again by its owner, and by many at once', async () => {
    await claim('a/');
    await Promise.all(Array.from({ length: 5 }, () => claim('a/')));
    expect((await store.get('a/p1/i1/_owner.json'))?.toString()).toContain('"installation": "installation-a"');
  });

  it('refuses another installation with a remedy, and leaves the marker as it is', async () => {
    await claim('b/');
    const error = await catchExportError(claim('b/', { installation: 'installation-b' }));
    expect(error).toMatchObject({ type: 'ConfigInvalid', remedy: expect.stringContaining('b/p1/i1/_owner.json') });
    await claim('b/');
  });

  it('refuses a marker that it cannot read', async () => {
    for (const text of ['', 'not json', '[]', '{"installation":"installation-a"}']) {
      await store.put('c/p1/i1/_owner.json', text, 'application/json');
      expect(await catchExportError(claim('c/'))).toMatchObject({ type: 'ConfigInvalid' });
    }
  });
});

import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWorld, type World } from '../support/world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.cleanup());

async function read(key: string): Promise<string | undefined> {
  const { client, bucket } = world.s3;
  const object = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return object.Body?.transformToString();
}

test('an object that is put can be read, also under a key like those of exports', async () => {
  const { client, bucket } = world.s3;
  const key = 'axis=event/date=2026-01-01/2026-01-01T00:00:00.000Z--2026-01-01T01:00:00.000Z.r1.p0001.jsonl';
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: '{}\n' }));
  expect(await read(key)).toBe('{}\n');
});

test('If-None-Match: * lets only the first writer through', async () => {
  const { client, bucket } = world.s3;
  const put = (Body: string) =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key: 'once', Body, IfNoneMatch: '*' }));
  await put('first');
  await expect(put('second')).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
  expect(await read('once')).toBe('first');
});

test('a multipart upload joins its parts', async () => {
  const { client, bucket } = world.s3;
  const target = { Bucket: bucket, Key: 'large' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
  const bodies = ['a'.repeat(5 * 1024 * 1024), 'the end'];
  const Parts = await Promise.all(
    bodies.map(async (Body, index) => {
      const part = { PartNumber: index + 1, UploadId, Body };
      const { ETag } = await client.send(new UploadPartCommand({ ...target, ...part }));
      return { PartNumber: part.PartNumber, ETag };
    }),
  );
  await client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }));
  expect((await read('large'))?.length).toBe(5 * 1024 * 1024 + 'the end'.length);
});

import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { keyOf } from '../support/fake-batch-exports.ts';
import { batchExportTest as test } from './batch-exports-test.ts';
import { rejection } from './client-world.ts';

test('a link downloads the file under its name, and is good for ten minutes', async ({ exports, reach, world }) => {
  const id = await reach('linked', 'COMPLETED', { name: 'Grüße: "all"' });
  const job = { projectId: id.projectId, exportId: id.exportId };
  const Key = keyOf(job);
  await world.s3.client.send(new PutObjectCommand({ Bucket: world.s3.bucket, Key, Body: 'id\n1\n' }));
  const { url, validUntil, fileName } = await exports.downloadUrl(id);
  expect(fileName).toBe('Grüße_ _all_.csv');
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toBe('id\n1\n');
  expect(answer.headers.get('content-disposition')).toBe(
    `attachment; filename="Gr__e_ _all_.csv"; filename*=UTF-8''Gr%C3%BC%C3%9Fe_%20_all_.csv`,
  );
  expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('600');
  expect(url).not.toContain('checksum');
  const left = Date.parse(validUntil) - Date.now();
  expect(left).toBeGreaterThan(590_000);
  expect(left).toBeLessThanOrEqual(600_000);
});

test('links name the external endpoint, and never outlive the file', async ({ client, storage, reach }) => {
  if ('problem' in storage) throw new Error(storage.problem);
  const id = await reach('outside', 'COMPLETED');
  const downloads = { storage: { ...storage.storage, externalEndpoint: 'https://files.example.com' } };
  const { url } = await client({ downloads }).batchExports.downloadUrl(id);
  expect(new URL(url)).toMatchObject({
    origin: 'https://files.example.com',
    pathname: `/${storage.storage.bucket}/${keyOf(id)}`,
  });
});

test('there is no link without a file, and the reason is told', async ({ exports, batch, reach }) => {
  Object.assign(batch, { delayMs: 1_000, holdAt: 0.5 });
  const running = await reach('running', 'PROCESSING');
  const refused = (message: string) => ({ code: 'refused', message: expect.stringContaining(message) });
  expect(await rejection(exports.downloadUrl(running))).toMatchObject(refused('PROCESSING. Try again when'));
  await exports.cancel(running);
  expect(await rejection(exports.downloadUrl(running))).toMatchObject(refused('it was CANCELLED. Retry it.'));
  batch.holdAt = undefined;
  batch.failWrite = () => 'SourceDenied';
  const failed = await reach('failed', 'FAILED');
  expect(await rejection(exports.downloadUrl(failed))).toMatchObject(refused('FAILED (fake SourceDenied). Retry it.'));
});

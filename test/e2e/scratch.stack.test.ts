import { ListMultipartUploadsCommand, ListPartsCommand } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { test } from 'vitest';
import { openObjectStore } from '../../activities/destinations/index.ts';
import { openExportWorld, ENCRYPTION_KEY } from './export-world.ts';
import { createSealer } from '../../shared/sealed.ts';

test('orphans', async () => {
  const own = await openExportWorld();
  const one = { projectId: 'p', integrationId: 'i' };
  const sealer = createSealer(ENCRYPTION_KEY);
  const d = own.config().destination as any;
  const destination = { region: 'us-east-1', serverSideEncryption: { kind: 'none' }, ...d, credentials: { ...d.credentials, secretAccessKey: sealer.seal(own.world.s3.secretAccessKey, one) } };
  const store = openObjectStore(destination, { sealer, ...one, policy: { allowPrivateNetworks: true, allowHttp: true, allowedHosts: [], workerRoleAllowed: [] } } as any);
  let bad = 0;
  for (let n = 0; n < 40; n++) {
    const size = 9_000_000 + Math.floor(Math.random() * 12_000_000);
    async function* body() {
      for (let sent = 0; sent < size; sent += 65536) { yield Buffer.alloc(65536, 65); if (Math.random() < 0.02) await new Promise((r) => setTimeout(r, 1)); }
      throw new Error('broken');
    }
    const body_ = Readable.from(body(), { objectMode: false, highWaterMark: 1 << 20 });
    await store.upload(`k${n}`, body_, { contentType: 'text/plain', expectedBytes: 20_000_000, signal: new AbortController().signal, replaceLeftover: false, onUploadStarted() {} } as any).catch((e) => { if (n === 0) console.log(String(e)); });
    const c = own.world.s3;
    const { Uploads = [] } = await c.client.send(new ListMultipartUploadsCommand({ Bucket: c.bucket }));
    if (Uploads.length > bad) {
      await new Promise((r) => setTimeout(r, 300));
      const u = Uploads.at(-1)!;
      const parts = await c.client.send(new ListPartsCommand({ Bucket: c.bucket, Key: u.Key!, UploadId: u.UploadId! })).catch((e) => String(e));
      const again = await c.client.send(new ListMultipartUploadsCommand({ Bucket: c.bucket }));
      console.log(n, size, u.Key, JSON.stringify(parts), 'still', again.Uploads?.length);
      bad = again.Uploads?.length ?? 0;
    }
  }
  console.log('orphans', bad);
  await own.cleanup();
});

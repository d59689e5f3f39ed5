/** The part of the conformance suite that uploads data objects. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { bytes, digest, failing, LARGE, MIB, stalling, streamOf, trickling, uploadOptions } from './bodies.ts';
import type { StoreUnderTest } from './conformance.ts';
import { catchExportError } from './export-errors.ts';

/** @param world called inside tests only */
export function describeUploads(world: () => StoreUnderTest): void {
  const keyOf = (text: string) => `${world().prefix}${text}`;

  describe('upload', () => {
    it.each([
      ['an empty body', 0],
      ['one byte', 1],
      ['a small body', 70_000],
      ['a body of exactly one part', 8 * MIB],
      ['a large body', LARGE],
    ])('stores %s byte for byte', async (what, size) => {
      const key = keyOf(`sizes/${what}`);
      const body = bytes(size);
      expect(await world().store.upload(key, streamOf(body), uploadOptions({ expectedBytes: size }))).toEqual({
        bytes: size,
      });
      expect(digest(await world().store.get(key))).toBe(digest(body));
      expect(await world().unfinishedUploads()).toEqual([]);
    });

    it('takes any length when the estimate is far too small', async () => {
      const key = keyOf('wrong estimate');
      const body = bytes(LARGE);
      await world().store.upload(key, streamOf(body), uploadOptions({ expectedBytes: 1 }));
      expect(digest(await world().store.get(key))).toBe(digest(body));
    });

    it('counts bytes, not characters, of text', async () => {
      const text = 'naïve — 日本語 🎉\n';
      const key = keyOf('text');
      const { bytes: stored } = await world().store.upload(key, Readable.from([text, text]), uploadOptions());
      expect(stored).toBe(2 * Buffer.byteLength(text));
      expect((await world().store.get(key))?.toString()).toBe(text + text);
    });

    it('tells the id of a large upload before any of its bytes have left, and none for a small one', async () => {
      const ids: string[] = [];
      const onUploadStarted = (id: string) => ids.push(id);
      await world().store.upload(keyOf('small id'), streamOf(bytes(10)), uploadOptions({ onUploadStarted }));
      expect(ids).toEqual([]);
      await world().store.upload(keyOf('large id'), streamOf(bytes(LARGE)), uploadOptions({ onUploadStarted }));
      expect(ids).toHaveLength(1);
    });

    it.each([
      ['small', 100],
      ['large', LARGE],
    ])('never replaces an object: %s', async (what, size) => {
      const key = keyOf(`committed ${what}`);
      const committed = bytes(50);
      await world().store.upload(key, streamOf(committed), uploadOptions());
      const error = await catchExportError(world().store.upload(key, streamOf(bytes(size)), uploadOptions()));
      expect(error).toMatchObject({ type: 'DestinationBusy', message: expect.stringContaining('exists already') });
      expect(digest(await world().store.get(key))).toBe(digest(committed));
      expect(await world().unfinishedUploads()).toEqual([]);
    });

    it.each([
      ['small', 100],
      ['large', LARGE],
    ])('replaces what an earlier attempt left: %s', async (what, size) => {
      const key = keyOf(`leftover ${what}`);
      await world().store.upload(key, streamOf(bytes(50)), uploadOptions());
      await world().store.upload(key, streamOf(bytes(size)), uploadOptions({ replaceLeftover: true }));
      expect(digest(await world().store.get(key))).toBe(digest(bytes(size)));
    });

    it('accepts keys of hive layouts and with other characters', async () => {
      for (const name of [
        'a=b/date=2026-03-01/x--y.r1.p0003-0.jsonl.gz',
        "it's (1)*!.x",
        'with space/é ü 日本',
        '10:00:00',
      ]) {
        const key = keyOf(`keys/${name}`);
        await world().store.upload(key, streamOf(bytes(10)), uploadOptions());
        expect(await world().objects()).toContain(key);
        await world().store.remove([key]);
        expect(await world().objects()).not.toContain(key);
      }
    });
  });

  describe('an upload that fails', () => {
    it.each([
      ['before its first part is full', 100_000],
      ['in the middle', 10 * MIB],
    ])('because its source fails %s leaves nothing and passes the error on', async (_, size) => {
      const key = keyOf('source fails');
      const fault = new Error('the query failed');
      await expect(world().store.upload(key, failing(size, fault), uploadOptions())).rejects.toBe(fault);
      await expectNothing(world(), key);
    });

    it.each([
      ['before its first part is full', 100_000],
      ['in the middle', 18 * MIB],
    ])('because it is aborted %s leaves nothing and gives the reason', async (_, size) => {
      const key = keyOf('aborted');
      const controller = new AbortController();
      const reason = new Error('cancelled');
      const body = stalling(size, () => controller.abort(reason));
      await expect(world().store.upload(key, body, uploadOptions({ signal: controller.signal }))).rejects.toBe(reason);
      expect(body.destroyed).toBe(true);
      await expectNothing(world(), key);
    });

    it('because its signal was aborted before reads nothing', async () => {
      const body = streamOf(bytes(10));
      const signal = AbortSignal.abort(new Error('too late'));
      await expect(world().store.upload(keyOf('too late'), body, uploadOptions({ signal }))).rejects.toThrow(
        'too late',
      );
      expect(body.destroyed).toBe(true);
      await expectNothing(world(), keyOf('too late'));
    });

    it('because a heartbeat tells of cancellation leaves nothing', async () => {
      const onUploadStarted = () => {
        throw new Error('heartbeat says no');
      };
      const upload = world().store.upload(
        keyOf('heartbeat'),
        streamOf(bytes(LARGE)),
        uploadOptions({ onUploadStarted }),
      );
      await expect(upload).rejects.toThrow('heartbeat says no');
      await expectNothing(world(), keyOf('heartbeat'));
    });

    it('because its source fails before it is read passes the error on', async () => {
      const body = streamOf(bytes(10));
      const upload = world().store.upload(keyOf('early'), body, uploadOptions({ replaceLeftover: true }));
      const fault = new Error('failed early');
      body.destroy(fault);
      await expect(upload).rejects.toBe(fault);
    });

    it('because another attempt has aborted it ends, though the source is slow and never does', async () => {
      const key = keyOf('overtaken');
      const started = Promise.withResolvers<string>();
      const body = trickling(9 * MIB);
      const upload = world().store.upload(key, body, uploadOptions({ onUploadStarted: started.resolve }));
      const outcome = catchExportError(upload);
      await world().store.abortUpload(key, await started.promise);
      expect(await outcome).toMatchObject({ type: 'DestinationBusy', remedy: expect.stringMatching(/\w/) });
      expect(body.destroyed).toBe(true);
      await expectNothing(world(), key);
    });
  });

  describe('abortUpload', () => {
    it('takes an unknown id', async () => {
      const ids: string[] = [];
      const key = keyOf('unknown id');
      await world().store.upload(key, streamOf(bytes(LARGE)), uploadOptions({ onUploadStarted: (id) => ids.push(id) }));
      for (const id of ids) await world().store.abortUpload(key, id);
      expect(digest(await world().store.get(key))).toBe(digest(bytes(LARGE)));
    });
  });
}

async function expectNothing(world: StoreUnderTest, key: string): Promise<void> {
  expect(await world.objects()).not.toContain(key);
  expect(await world.unfinishedUploads()).toEqual([]);
}

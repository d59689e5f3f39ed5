/** What every object store must do. The test of each kind calls `describeObjectStore` and adds its own quirks. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../activities/destinations/object-store.ts';
import type { FailureType } from '../../shared/failures.ts';
import { bytes, MIB, streamOf, uploadOptions } from './bodies.ts';
import { describeUploads } from './conformance-upload.ts';
import { catchExportError, expectNoSecrets } from './export-errors.ts';

/** A store in a place of its own, and eyes beside the store's to look at that place. */
export interface StoreUnderTest {
  store: ObjectStore;
  /** The store keeps to names that begin so. */
  prefix: string;
  /** Keys of all objects that exist. */
  objects(): Promise<string[]>;
  /** Uploads that were begun and neither completed nor aborted. */
  unfinishedUploads(): Promise<string[]>;
  /** The same store, with one thing wrong. */
  broken(fault: 'wrong secret' | 'unknown key id' | 'missing bucket' | 'unreachable'): ObjectStore;
  /** Must never stand in an error. */
  secrets: string[];
  cleanup(): Promise<void>;
}

export function describeObjectStore(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`${name} as object store`, () => {
    let world: StoreUnderTest;
    beforeAll(async () => {
      world = await make();
    });
    afterAll(() => world?.cleanup());
    const keyOf = (text: string) => `${world.prefix}${text}`;

    describeUploads(() => world);

    describe('small objects', () => {
      it('are replaced by put', async () => {
        await world.store.put(keyOf('manifest.json'), '{"a":1}', 'application/json');
        await world.store.put(keyOf('manifest.json'), Buffer.from('{"é":2}'), 'application/json');
        expect((await world.store.get(keyOf('manifest.json')))?.toString()).toBe('{"é":2}');
      });

      it('are put once by putIfAbsent', async () => {
        expect(await world.store.putIfAbsent(keyOf('owner.json'), 'first', 'application/json')).toBe(true);
        expect(await world.store.putIfAbsent(keyOf('owner.json'), 'second', 'application/json')).toBe(false);
        expect((await world.store.get(keyOf('owner.json')))?.toString()).toBe('first');
      });

      it('are put by exactly one of many at once', async () => {
        const tries = Array.from({ length: 8 }, (_, n) =>
          // Two writers in the same instant may both be told to come again.
          world.store.putIfAbsent(keyOf('race.json'), String(n), 'application/json').catch(() => false),
        );
        expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
      });

      it('are undefined when they do not exist', async () => {
        expect(await world.store.get(keyOf('nothing'))).toBeUndefined();
      });

      it('are removed by name, whether they exist or not', async () => {
        const keys = Array.from({ length: 20 }, (_, n) => keyOf(`removed/${n}`));
        for (const key of keys.slice(10)) await world.store.put(key, 'x', 'text/plain');
        await world.store.remove(keys);
        await world.store.remove([]);
        expect((await world.objects()).filter((key) => key.includes('removed/'))).toEqual([]);
      });
    });

    describe('test', () => {
      it('tries every right and leaves nothing behind', async () => {
        const before = await world.objects();
        const steps = await world.store.test();
        expect(steps.map(({ step, ok }) => [step, ok])).toEqual(
          ['resolve', 'connect', 'write', 'read', 'list', 'delete'].map((step) => [step, true]),
        );
        expect(await world.objects()).toEqual(before);
        expect(await world.unfinishedUploads()).toEqual([]);
      });

      it('says which step failed and leaves out the later ones', async () => {
        const steps = await world.broken('missing bucket').test();
        expect(steps.map(({ step, ok }) => [step, ok])).toEqual([
          ['resolve', true],
          ['connect', true],
          ['write', false],
        ]);
        expect(steps.at(-1)?.failure).toMatchObject({
          type: 'DestinationMissing',
          remedy: expect.stringMatching(/\w/),
        });
      });

      it('never throws', async () => {
        const steps = await world.broken('unreachable').test();
        expect(steps.at(-1)).toMatchObject({ ok: false, failure: { type: 'DestinationBusy' } });
      });
    });

    describe('errors', () => {
      const faults: Array<[Parameters<StoreUnderTest['broken']>[0], FailureType]> = [
        ['wrong secret', 'DestinationDenied'],
        ['unknown key id', 'DestinationDenied'],
        ['missing bucket', 'DestinationMissing'],
        ['unreachable', 'DestinationBusy'],
      ];
      it.each(faults)('are typed, have a remedy and hold no secret: %s', async (fault, type) => {
        const store = world.broken(fault);
        const key = keyOf('errors');
        const operations = [
          () => store.upload(key, streamOf(bytes(10)), uploadOptions()),
          () => store.upload(key, streamOf(bytes(9 * MIB)), uploadOptions({ replaceLeftover: true })),
          () => store.put(key, 'x', 'text/plain'),
          () => store.putIfAbsent(key, 'x', 'text/plain'),
          () => store.get(key),
          () => store.remove([key]),
        ];
        for (const operation of operations) {
          const error = await catchExportError(operation());
          expect(error).toMatchObject({ type, remedy: expect.stringMatching(/\.$/) });
          expectNoSecrets(error, world.secrets);
        }
        store.close();
      });
    });
  });
}

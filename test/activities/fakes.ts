/** A store and a source in memory, for what real servers do too rarely or too slowly. */
import { Readable } from 'node:stream';
import { noopMetricMeter } from '@temporalio/common';
import type { ActivityDependencies } from '../../activities/dependencies.ts';
import type { ObjectStore } from '../../activities/destinations/object-store.ts';
import { createExportMetrics } from '../../activities/metrics.ts';
import type { KeyedSource } from '../../activities/source/keyed-rows.ts';
import type { Source } from '../../activities/source/source.ts';
import { tallyStream } from '../../activities/source/tally-stream.ts';
import type { Job, Part, PeriodPlan } from '../../shared/activities.ts';
import { integrationConfigSchema } from '../../shared/config/integration.ts';
import { createSealer } from '../../shared/sealed.ts';

export const part: Part = {
  // A half: its rows are an estimate, so the source is asked before the stream.
  name: 'p0000-0',
  source: 'events',
  slice: { kind: 'range', from: '2026-03-01T00:00:00.000Z', to: '2026-03-02T00:00:00.000Z' },
  rows: 3,
  bytes: 300,
};

export const plan: PeriodPlan = {
  window: { axis: 'event', start: '2026-03-01T00:00:00.000Z', end: '2026-03-02T00:00:00.000Z' },
  revision: 1,
  rows: 3,
  bytes: 300,
  parts: [part],
};

export const job: Job = {
  projectId: 'p',
  integrationId: 'i',
  configVersion: 1,
  config: integrationConfigSchema.parse({
    name: 'fake',
    format: 'jsonl',
    compression: 'none',
    destination: {
      kind: 's3',
      provider: 'aws',
      bucket: 'bucket',
      credentials: { kind: 'static', accessKeyId: 'a', secretAccessKey: '' },
    },
  }),
};

export interface MemoryStore extends ObjectStore {
  objects: Map<string, string>;
  /** Every removed key, also of objects that were not there. */
  removed: string[];
}

export function memoryStore(overrides: Partial<ObjectStore> = {}): MemoryStore {
  const objects = new Map<string, string>();
  const removed: string[] = [];
  return {
    objects,
    removed,
    async upload(key, body) {
      const chunks: Buffer[] = [];
      for await (const chunk of body) chunks.push(chunk);
      objects.set(key, Buffer.concat(chunks).toString());
      return { bytes: Buffer.concat(chunks).length };
    },
    async put(key, body) {
      objects.set(key, body.toString());
    },
    async putIfAbsent(key, body) {
      if (objects.has(key)) return false;
      objects.set(key, body);
      return true;
    },
    async get(key) {
      const text = objects.get(key);
      return text === undefined ? undefined : Buffer.from(text);
    },
    async remove(keys) {
      removed.push(...keys);
      for (const key of keys) objects.delete(key);
    },
    abortUpload: async () => undefined,
    test: async () => [],
    close: () => undefined,
    ...overrides,
  };
}

/** Answers counts one after the other (the last again and again) and streams so many rows. */
export function fakeSource({
  counts,
  streams,
}: {
  counts: number[];
  streams: number[];
}): Source & KeyedSource & { asked: string[] } {
  const asked: string[] = [];
  const next = (list: number[]) => (list.length > 1 ? list.shift() : list[0]) ?? 0;
  return {
    asked,
    columns: async () => [{ name: 'id', type: 'String' }],
    surveyHistory: async () => ({ rows: 0, outside: 0, sourceNow: '' }),
    planSpan: async () => ({ periods: [], sourceNow: '' }),
    findLateRows: async () => ({ periods: [], sourceNow: '' }),
    planParts: async () => [part],
    registerDelivered: async () => undefined,
    async countPart(_selection, _window, _part, { queryId }) {
      asked.push(queryId);
      return { rows: next(counts) };
    },
    async streamPart(_selection, _window, _part, { queryId }) {
      asked.push(queryId);
      return Readable.from(Array.from({ length: next(streams) }, (_, id) => Buffer.from(`{"id":${id}}\n`)));
    },
    streamPage: async () => Readable.from([]),
    streamRows: async () => Readable.from([]),
    replicaLagSeconds: async () => 0,
    probe: async () => undefined,
  };
}

export function fakeDependencies(
  overrides: Partial<ActivityDependencies> & { store?: ObjectStore },
): ActivityDependencies {
  const { store = memoryStore(), ...rest } = overrides;
  return {
    source: fakeSource({ counts: [3], streams: [3] }),
    tallyStream,
    openStore: async () => store,
    openSink: () => Promise.reject(new Error('these tests have no event sink')),
    killQuery: async () => undefined,
    records: { insert: async () => undefined, select: async () => [] },
    sealer: createSealer('0'.repeat(64)),
    installationId: 'test',
    metrics: createExportMetrics(noopMetricMeter),
    clock: Date.now,
    downloads: { problem: 'LANGFUSE_S3_BATCH_EXPORT_ENABLED is not "true".' },
    ...rest,
  };
}

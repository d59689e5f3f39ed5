import { describe, expect, it } from 'vitest';
import type { PartResult } from '../../shared/activities.ts';
import {
  buildManifest,
  ManifestError,
  type ManifestInput,
  parseManifest,
  schemaFingerprint,
  serializeManifest,
} from '../../shared/manifest.ts';

const columns = [
  { name: 'id', type: 'String' },
  { name: 'start_time', type: "DateTime64(6, 'UTC')" },
];

function part(name: string, rows: number, key: string | undefined = `data/${name}.parquet`): PartResult {
  return {
    part: name,
    source: 'events',
    ...(key === undefined ? {} : { key }),
    rows,
    bytes: rows * 10,
    uncompressedBytes: rows * 100,
    sha256: 'ab'.repeat(32),
    minEventTime: '2026-03-01T10:00:00.000001Z',
    countBefore: rows,
    countAfter: rows + 1,
    queryId: `q-${name}`,
    attempt: 1,
  };
}

const input: ManifestInput = {
  job: { projectId: 'p1', integrationId: 'i1', configVersion: 3, config: { format: 'parquet', compression: 'none' } },
  window: {
    axis: 'event',
    start: '2026-03-01T10:00:00.000Z',
    end: '2026-03-01T11:00:00.000Z',
    updatedBefore: '2026-04-01T00:00:00.000Z',
  },
  revision: 1,
  columns: [{ source: 'events', columns }],
  results: [part('p0000', 5), part('p0001', 7)],
  committedAt: '2026-03-01T12:00:00.000Z',
};

describe('a manifest', () => {
  it('names its files and sums them up', () => {
    const manifest = buildManifest(input);
    expect(manifest).toMatchObject({
      version: 1,
      revision: 1,
      integration: { projectId: 'p1', integrationId: 'i1' },
      configVersion: 3,
      axis: 'event',
      periods: 1,
      totals: { files: 2, rows: 12, bytes: 120, uncompressedBytes: 1_200 },
      counts: { before: 12, after: 14 },
      superseded: [],
    });
    expect(manifest.files.map((file) => file.key)).toEqual(['data/p0000.parquet', 'data/p0001.parquet']);
    expect(manifest.window).toEqual({
      start: '2026-03-01T10:00:00.000Z',
      end: '2026-03-01T11:00:00.000Z',
      updatedBefore: '2026-04-01T00:00:00.000Z',
    });
  });

  it('is byte for byte the same in whatever order its parts finished', () => {
    const text = serializeManifest(buildManifest(input));
    expect(serializeManifest(buildManifest({ ...input, results: input.results.toReversed() }))).toBe(text);
  });

  it('comes back as it was written', () => {
    for (const results of [input.results, []]) {
      const manifest = buildManifest({ ...input, results });
      expect(parseManifest(serializeManifest(manifest))).toEqual(manifest);
    }
  });

  it('counts the source rows of parts without an object, but lists no file for them', () => {
    const { key: _, ...empty } = part('p0002', 0);
    const manifest = buildManifest({ ...input, results: [...input.results, empty] });
    expect(manifest.files).toHaveLength(2);
    expect(manifest.counts).toEqual({ before: 12, after: 15 });
  });

  it('stands for a run of empty periods', () => {
    const manifest = buildManifest({ ...input, results: [], periods: 40 });
    expect(manifest).toMatchObject({ periods: 40, files: [], totals: { files: 0, rows: 0 } });
  });

  it('names the objects of the revision before, but never one of its own', () => {
    const first = buildManifest(input);
    const second = buildManifest({ ...input, revision: 2, results: [part('r2', 12)], previous: first });
    expect(second.superseded).toEqual(['data/p0000.parquet', 'data/p0001.parquet']);
    const third = buildManifest({ ...input, revision: 3, results: [part('p0001', 12)], previous: second });
    expect(third.superseded).toEqual(['data/r2.parquet']);
  });

  it('has another fingerprint when names, types or order of the columns change', () => {
    const prints = [
      columns,
      columns.toReversed(),
      columns.slice(1),
      columns.map((column) => ({ ...column, type: 'x' })),
    ];
    expect(new Set(prints.map(schemaFingerprint)).size).toBe(prints.length);
  });
});

describe('reading a manifest', () => {
  const text = serializeManifest(buildManifest(input));

  it('ignores fields that a later release added', () => {
    expect(parseManifest(JSON.stringify({ ...JSON.parse(text), later: 1 }))).toEqual(parseManifest(text));
  });

  it.each([
    ['no JSON', '{"version": 1', 'not JSON'],
    ['another version', text.replace('"version": 1', '"version": 2'), 'not of version 1'],
    ['a missing field', text.replace('"revision"', '"review"'), 'faults in: revision'],
    ['a wrong checksum', text.replace('abab', 'xyab'), 'files.0.sha256'],
    ['another object', '[]', 'faults in: the whole'],
  ])('refuses %s with a typed error', (_, broken, message) => {
    expect(() => parseManifest(broken)).toThrow(ManifestError);
    expect(() => parseManifest(broken)).toThrow(message);
  });
});

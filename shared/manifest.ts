/**
 * The manifest: the JSON object that commits a period, written last. It names every file of the period with its counts and checksum;
 * a file that no manifest names is not part of the export.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Job, PartResult, Window } from './activities.ts';
import { COMPRESSIONS, FORMATS } from './config/integration.ts';
import { SOURCES, type SourceName } from './sources/catalog.ts';

const MANIFEST_VERSION = 1;

const instant = z.iso.datetime({ offset: false });
const count = z.int().nonnegative();

const fileSchema = z.object({
  key: z.string().min(1),
  source: z.enum(SOURCES),
  part: z.string().min(1),
  rows: count,
  /** Of the object as stored, and of the rows before compression. */
  bytes: count,
  uncompressedBytes: count,
  /** Of the stored bytes, hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  minEventTime: z.string().optional(),
  maxEventTime: z.string().optional(),
  /** Rows in the source before and after the stream; `rows` lies between them. */
  countBefore: count,
  countAfter: count,
  queryId: z.string(),
  attempt: count,
});

const schema = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  /** Equal for equal columns in equal order. */
  fingerprint: z.string(),
});
type FileSchema = z.output<typeof schema>;

/** Fields that a later release adds are dropped, not refused: an older worker can still read what it knows. */
const manifestSchema = z.object({
  version: z.literal(MANIFEST_VERSION),
  /** How often the period has been committed, beginning with 1. */
  revision: z.int().positive(),
  integration: z.object({ projectId: z.string(), integrationId: z.string() }),
  configVersion: count,
  axis: z.enum(['event', 'updated']),
  window: z.object({
    start: instant,
    end: instant,
    updatedBefore: instant.optional(),
    eventFrom: instant.optional(),
    open: z.literal(true).optional(),
    beforeEpoch: z.literal(true).optional(),
    late: z.number().nonnegative().optional(),
  }),
  /** More than 1: a run of periods without rows, in one manifest. */
  periods: z.int().positive(),
  format: z.enum(FORMATS),
  compression: z.enum(COMPRESSIONS),
  schema,
  /** With several sources: the columns of each; `schema` holds those of the first. */
  schemas: z.partialRecord(z.enum(SOURCES), schema).optional(),
  files: z.array(fileSchema),
  totals: z.object({ files: count, rows: count, bytes: count, uncompressedBytes: count }),
  /** Rows in the source before and after the streams, over all parts. */
  counts: z.object({ before: count, after: count }),
  committedAt: instant,
  /** Objects of the revision before, to be removed a day after `committedAt`. */
  superseded: z.array(z.string()),
});

export type Manifest = z.output<typeof manifestSchema>;
export type ManifestFile = z.output<typeof fileSchema>;

export interface ManifestInput {
  job: Pick<Job, 'projectId' | 'integrationId' | 'configVersion'> & {
    config: Pick<Job['config'], 'format' | 'compression'>;
  };
  window: Window;
  revision: number;
  /** Default 1. */
  periods?: number;
  /** Of each source, in the order of the configuration. */
  columns: ReadonlyArray<{ source: SourceName; columns: FileSchema['columns'] }>;
  /** In any order. Parts without an object count for the totals of the source only. */
  results: readonly PartResult[];
  /** ISO instant. */
  committedAt: string;
  /** The manifest that this one replaces. */
  previous?: Manifest | undefined;
}

/** A manifest that cannot be read. Its message holds no more of the text than the path of the fault. */
export class ManifestError extends Error {
  override name = 'ManifestError';
}

/** The same input gives the same bytes once serialised with `serializeManifest`, whatever order the parts finished in. */
export function buildManifest(input: ManifestInput): Manifest {
  const { job, window, revision, results, previous } = input;
  const files = results.flatMap(fileOf).toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const { axis, start, end, updatedBefore, eventFrom, open, beforeEpoch, late } = window;
  return {
    version: MANIFEST_VERSION,
    revision,
    integration: { projectId: job.projectId, integrationId: job.integrationId },
    configVersion: job.configVersion,
    axis,
    window: {
      start,
      end,
      ...(updatedBefore === undefined ? {} : { updatedBefore }),
      ...(eventFrom === undefined ? {} : { eventFrom }),
      ...(open ? { open } : {}),
      ...(beforeEpoch ? { beforeEpoch } : {}),
      ...(late === undefined ? {} : { late }),
    },
    periods: input.periods ?? 1,
    format: job.config.format,
    compression: job.config.compression,
    ...schemasOf(input.columns),
    files,
    totals: {
      files: files.length,
      rows: sum(files, (file) => file.rows),
      bytes: sum(files, (file) => file.bytes),
      uncompressedBytes: sum(files, (file) => file.uncompressedBytes),
    },
    counts: {
      before: sum(results, (result) => result.countBefore),
      after: sum(results, (result) => result.countAfter),
    },
    committedAt: input.committedAt,
    superseded: supersededBy(previous, files),
  };
}

/** Indented, because people read it; ends with a line break. */
export function serializeManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** @throws ManifestError when the text is no manifest of a version that this program knows. */
export function parseManifest(text: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ManifestError('the manifest is not JSON');
  }
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const paths = parsed.error.issues.map((issue) => issue.path.join('.') || 'the whole');
  if (paths.includes('version')) {
    throw new ManifestError(`the manifest is not of version ${MANIFEST_VERSION}, the one that this release reads`);
  }
  throw new ManifestError(`the manifest has faults in: ${[...new Set(paths)].slice(0, 5).join(', ')}`);
}

function schemasOf(sources: ManifestInput['columns']): Pick<Manifest, 'schema' | 'schemas'> {
  const each = sources.map(({ source, columns }): [SourceName, FileSchema] => [
    source,
    { columns: columns.map(({ name, type }) => ({ name, type })), fingerprint: schemaFingerprint(columns) },
  ]);
  const [[, first] = [undefined, { columns: [], fingerprint: schemaFingerprint([]) }]] = each;
  return { schema: first, ...(each.length > 1 && { schemas: Object.fromEntries(each) }) };
}

/** `sha256:` of names and types in order; tells readers when the columns change. */
export function schemaFingerprint(columns: ReadonlyArray<{ name: string; type: string }>): string {
  const text = JSON.stringify(columns.map(({ name, type }) => [name, type]));
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function fileOf({ key, ...result }: PartResult): ManifestFile[] {
  if (key === undefined) return [];
  const { source, part, rows, bytes, uncompressedBytes, sha256, minEventTime, maxEventTime } = result;
  return [
    {
      key,
      source,
      part,
      rows,
      bytes,
      uncompressedBytes,
      sha256,
      ...(minEventTime === undefined ? {} : { minEventTime }),
      ...(maxEventTime === undefined ? {} : { maxEventTime }),
      countBefore: result.countBefore,
      countAfter: result.countAfter,
      queryId: result.queryId,
      attempt: result.attempt,
    },
  ];
}

/** The files of the revision before; never a file that the new one names itself. What older ones left is in `superseded_objects`. */
function supersededBy(previous: Manifest | undefined, files: readonly ManifestFile[]): string[] {
  if (previous === undefined) return [];
  const present = new Set(files.map((file) => file.key));
  const keys = previous.files.map((file) => file.key);
  return keys.filter((key) => !present.has(key)).toSorted();
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/** Rows of the legacy tables as tests compare them, told apart without FINAL and without the product's code. */
import { expect } from 'vitest';
import { textLiteral } from '../../dev/sample-data/literals.ts';
import type { SourceName } from '../../shared/sources/catalog.ts';
import type { RunningIntegration } from './export-world.ts';

export type LegacySource = Exclude<SourceName, 'events'>;
export const LEGACY_SOURCES = ['traces', 'observations', 'scores'] as const satisfies LegacySource[];

type Query = (sql: string) => Promise<Array<Record<string, unknown>>>;

/** Column of the event time, and what beside project and day tells rows apart. */
const KEYS: Readonly<Record<LegacySource, { time: string; key: readonly string[] }>> = {
  traces: { time: 'timestamp', key: ['id'] },
  observations: { time: 'start_time', key: ['type', 'id'] },
  scores: { time: 'timestamp', key: ['name', 'id'] },
};

export function timeColumnOf(source: SourceName): string {
  return source === 'events' ? 'start_time' : KEYS[source].time;
}

/** The newest version of every row of a project that is not deleted: all versions are read and compared here. */
export async function newestLegacyVersions(
  query: Query,
  projectId: string,
  source: LegacySource,
): Promise<Array<Record<string, unknown>>> {
  const { time, key } = KEYS[source];
  const newest = new Map<string, Record<string, unknown>>();
  for (const row of await query(`SELECT * FROM ${source} WHERE project_id = ${textLiteral(projectId)}`)) {
    const name = JSON.stringify([String(row[time]).slice(0, 10), ...key.map((column) => row[column])]);
    const other = newest.get(name);
    if (other === undefined || String(row.event_ts) > String(other.event_ts)) newest.set(name, row);
  }
  return [...newest.values()].filter((row) => row.is_deleted === 0);
}

/** Which version of which row, sorted: a row that came twice shows. */
export function legacyVersionsOf(source: SourceName, rows: ReadonlyArray<Record<string, unknown>>): string[] {
  return rows.map((row) => `${row.id} ${row[timeColumnOf(source)]} as of ${row.event_ts}`).sort();
}

/** Rows by the source of the manifest's file; what every manifest of several sources must hold is checked on the way. */
export async function exportedBySource(
  one: RunningIntegration,
  expected: readonly SourceName[],
): Promise<Map<SourceName, Array<Record<string, unknown>>>> {
  const manifests = await one.manifests();
  const windows = manifests.map(({ axis, window }) => `${axis} ${window.start}`);
  expect(new Set(windows).size).toBe(windows.length);
  const sourceOf = new Map<string, SourceName>();
  for (const { schema, schemas = {}, files } of manifests) {
    expect(Object.keys(schemas)).toEqual(expected);
    expect(schema).toEqual(schemas[expected[0] ?? 'events']);
    expect(new Set(Object.values(schemas).map(({ fingerprint }) => fingerprint)).size).toBe(expected.length);
    for (const { key, source } of files) {
      expect(key.startsWith(`exports/${one.projectId}/${one.integrationId}/${source}/`), key).toBe(true);
      sourceOf.set(key, source);
    }
  }
  const rows = new Map(expected.map((source) => [source, [] as Record<string, unknown>[]]));
  for (const row of await one.exported()) {
    const source = sourceOf.get(row.file) ?? 'events';
    const columns = manifests.find(({ files }) => files.some(({ key }) => key === row.file))?.schemas?.[source]
      ?.columns;
    expect(Object.keys(row)).toEqual([...(columns ?? []).map(({ name }) => name), 'file']);
    rows.get(source)?.push(row);
  }
  return rows;
}

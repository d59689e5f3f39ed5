import type { Job, Window } from '../shared/activities.ts';
import type { Format, IntegrationConfig } from '../shared/config/integration.ts';
import type { SourceName } from '../shared/sources/catalog.ts';
import { ExportError } from './export-error.ts';
import type { Selection } from './source/source.ts';

/** What is read for a job. */
export function selectionOf({ projectId, config }: Pick<Job, 'projectId' | 'config'>): Selection {
  const { columnGroups, format, csv } = config;
  return { projectId, source: sourceOf(config), columnGroups, format, csv };
}

/** An integration has one source so far; the configuration holds a list so that it can have more. */
function sourceOf(config: IntegrationConfig): SourceName {
  const [source] = config.sources;
  if (source === undefined) {
    throw new ExportError('ConfigInvalid', 'The integration names no source.', 'Choose what to export.');
  }
  return source;
}

/** ClickHouse stayed under 512 MB with Parquet parts up to this size in every measurement. */
const MOST_PARQUET_BYTES = 140 * 2 ** 20;

/**
 * The size to aim at for parts.
 * @param learnedBytes the size that worked after a larger one did not
 */
export function partTarget(
  { tuning, format }: { tuning: IntegrationConfig['tuning']; format: Format },
  learnedBytes: number,
): { bytes: number; rows: number } {
  const most = format === 'parquet' ? MOST_PARQUET_BYTES : Number.POSITIVE_INFINITY;
  return { bytes: Math.min(tuning.targetPartBytes, learnedBytes, most), rows: tuning.targetPartRows };
}

/** `live`, `backfill`, `late-2h`: for people who read query ids and logs. */
export function windowKind(window: Window): string {
  if (window.late !== undefined) return `late-${window.late}h`;
  return window.axis === 'updated' ? 'live' : 'backfill';
}

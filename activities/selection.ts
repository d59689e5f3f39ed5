import type { Job, Window } from '../shared/activities.ts';
import { type EventSinkDestination, isEventSink } from '../shared/config/destination.ts';
import { describeIssues, type IntegrationConfig } from '../shared/config/integration.ts';
import { type Filter, filtersSchema } from '../shared/filters/filter.ts';
import { MAX_RUNS_PER_PLAN, type PartTarget } from '../shared/parts.ts';
import { COLUMN_GROUPS, type ColumnGroup, type SourceName } from '../shared/sources/catalog.ts';
import { ExportError } from './export-error.ts';
import type { Selection } from './source/source.ts';

/** What is read of one of a job's sources. */
export function selectionOf({ projectId, config }: Pick<Job, 'projectId' | 'config'>, source: SourceName): Selection {
  const { columnGroups, format, csv, lookBackDays, destination } = config;
  const columns = isEventSink(destination)
    ? { columnGroups: eventGroups(columnGroups, destination), format: 'jsonl' as const }
    : { columnGroups, format };
  return {
    ...{ projectId, source, ...columns, csv, filters: filtersOf(config) },
    // Absent in configurations that were stored before there were legacy sources.
    ...(lookBackDays !== undefined && { lookBackDays }),
  };
}

/** Every event needs what `basic` has; texts go out only where they are asked for. */
function eventGroups(chosen: readonly ColumnGroup[], { includeIo }: EventSinkDestination): ColumnGroup[] {
  const wanted = new Set<ColumnGroup>([...chosen, 'core', 'basic']);
  return COLUMN_GROUPS.filter((group) => (group === 'io' ? includeIo : wanted.has(group)));
}

/** What is read for a job, source by source. */
export function selectionsOf(job: Pick<Job, 'projectId' | 'config'>): Selection[] {
  return job.config.sources.map((source) => selectionOf(job, source));
}

/**
 * Configurations of running workflows are as old as their start: they may know no filters, or, after a downgrade, other ones than we do.
 * To leave out a filter would deliver rows that nobody may get.
 */
function filtersOf(config: Partial<Pick<IntegrationConfig, 'filters'>>): Filter[] {
  const { data, error } = filtersSchema.safeParse(config.filters ?? []);
  if (data !== undefined) return data;
  throw new ExportError(
    'ConfigInvalid',
    `The filters are not understood: ${describeIssues(error)}.`,
    'Configure the integration again, with filters of this version.',
  );
}

/** ClickHouse stayed under 512 MB with Parquet parts up to this size in every measurement. */
const MOST_PARQUET_BYTES = 140 * 2 ** 20;

/**
 * The size to aim at for parts.
 * @param learnedBytes the size that worked after a larger one did not
 */
export function partTarget(
  { tuning, format, sources }: Pick<IntegrationConfig, 'tuning' | 'format' | 'sources'>,
  learnedBytes: number,
): PartTarget {
  const most = format === 'parquet' ? MOST_PARQUET_BYTES : Number.POSITIVE_INFINITY;
  return {
    bytes: Math.min(tuning.targetPartBytes, learnedBytes, most),
    rows: tuning.targetPartRows,
    // The plans of all sources are one message.
    runs: Math.floor(MAX_RUNS_PER_PLAN / sources.length),
  };
}

/** `live`, `backfill`, `late-2h`: for people who read query ids and logs. */
export function windowKind(window: Window): string {
  if (window.late !== undefined) return `late-${window.late}h`;
  return window.axis === 'updated' ? 'live' : 'backfill';
}

import { z } from 'zod';
import type { RejectedEntry, RejectedPage } from '../../shared/rejected.ts';
import { SOURCES } from '../../shared/sources/catalog.ts';
import { dateTimeText } from '../source/statement.ts';
import type { RecordScope, RecordsDatabase } from './database.ts';

/** A period of an integration, by which rejected rows are kept. */
export interface RejectedPeriod extends RecordScope {
  axis: RejectedEntry['axis'];
  periodStart: string;
  periodEnd: string;
}

/** Lists rows as rejected; the same row of the same period again changes nothing but its time. */
export function insertRejected(
  database: RecordsDatabase,
  { projectId, integrationId }: RecordScope,
  entries: readonly RejectedEntry[],
  options: { resolvedAt?: string } = {},
): Promise<void> {
  return database.insert(
    'rejected_events',
    entries.map((entry) => ({
      project_id: projectId,
      integration_id: integrationId,
      axis: entry.axis,
      period_start: entry.periodStart,
      period_end: entry.periodEnd,
      source: entry.source,
      id: entry.id,
      event_time: entry.eventTime,
      revision: entry.revision,
      reason: entry.reason,
      field: entry.field,
      message: entry.message,
      at: entry.at,
      ...(options.resolvedAt !== undefined && { resolved_at: options.resolvedAt }),
    })),
  );
}

/**
 * Settles what was listed for some revisions of a period, or of the periods of a run.
 * @param revisions from the first to the last one
 */
export async function resolveRevisions(
  database: RecordsDatabase,
  { axis, periodStart, periodEnd, ...scope }: RejectedPeriod,
  [first, last]: readonly [first: number, last: number],
  now: string,
): Promise<void> {
  const period = { axis, periodStart: dateTimeText(periodStart), periodEnd: dateTimeText(periodEnd) };
  const parameters = { ...scope, ...period, first, last };
  const earlier = await database.select(
    `${SELECT} AND axis = {axis:String} AND period_start >= {periodStart:DateTime64(3,'UTC')}
     AND period_end <= {periodEnd:DateTime64(3,'UTC')} AND revision BETWEEN {first:UInt64} AND {last:UInt64}`,
    parameters,
  );
  const entries = earlier.map((row) => entryOf(row));
  await insertRejected(
    database,
    scope,
    entries.map((entry) => ({ ...entry, at: now })),
    { resolvedAt: now },
  );
}

/** What tells entries apart, in the order of the list. */
const POSITION = ['axis', 'periodStart', 'periodEnd', 'id', 'reason', 'field', 'source', 'eventTime'] as const;
const positionSchema = z.array(z.string()).length(POSITION.length);

/**
 * Open entries, oldest period first.
 * @param options.after where the page before ended (`next` of it)
 * @param options.reason only entries with this reason
 */
export async function listRejected(
  database: RecordsDatabase,
  { projectId, integrationId }: RecordScope,
  options: { limit: number; after?: string | undefined; reason?: string | undefined },
): Promise<RejectedPage> {
  const { limit, after, reason } = options;
  const position = after === undefined ? undefined : positionSchema.parse(JSON.parse(after));
  const key = '(axis, toString(period_start), toString(period_end), id, reason, field, source, toString(event_time))';
  const rows = await database.select(
    `${SELECT}
     ${reason === undefined ? '' : 'AND reason = {reason:String}'}
     ${position === undefined ? '' : `AND ${key} > (${position.map((_, index) => `{p${index}:String}`).join(', ')})`}
     ORDER BY ${key} LIMIT {limit:UInt32}`,
    {
      ...{ projectId, integrationId, limit: limit + 1 },
      ...(reason !== undefined && { reason }),
      ...Object.fromEntries((position ?? []).map((value, index) => [`p${index}`, value])),
    },
  );
  const entries = rows.map((row) => entryOf(row));
  const page = entries.slice(0, limit);
  const last = page.at(-1);
  if (entries.length <= limit || last === undefined) return { entries: page };
  return { entries: page, next: JSON.stringify(POSITION.map((name) => positionOf(last, name))) };
}

/** As `toString` of ClickHouse writes it, by which the list is sorted. */
function positionOf(entry: RejectedEntry, name: (typeof POSITION)[number]): string {
  return name === 'periodStart' || name === 'periodEnd' || name === 'eventTime'
    ? entry[name].replace('T', ' ').replace('Z', '')
    : entry[name];
}

const SELECT = `SELECT axis, period_start, period_end, source, id, event_time, revision, reason, field, message, at
  FROM {db}.rejected_events FINAL
  WHERE project_id = {projectId:String} AND integration_id = {integrationId:String} AND resolved_at = toDateTime64(0, 3, 'UTC')`;

const rowSchema = z.object({
  axis: z.enum(['event', 'updated']),
  period_start: z.string(),
  period_end: z.string(),
  source: z.enum(SOURCES),
  id: z.string(),
  event_time: z.string(),
  revision: z.number(),
  reason: z.string(),
  field: z.string(),
  message: z.string(),
  at: z.string(),
});

function entryOf(row: unknown): RejectedEntry {
  const { period_start: periodStart, period_end: periodEnd, event_time: eventTime, ...rest } = rowSchema.parse(row);
  return { ...rest, periodStart, periodEnd, eventTime };
}

import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Context } from '@temporalio/activity';
import type { Activities, Job } from '../../shared/activities.ts';
import { iso } from '../../shared/period.ts';
import type { RejectedEntry, ReplayResult } from '../../shared/rejected.ts';
import type { SourceName } from '../../shared/sources/catalog.ts';
import { type ActivityDependencies, withSink } from '../dependencies.ts';
import { activityQuery } from '../query-options.ts';
import { insertRejected, listRejected } from '../records/rejected.ts';
import { selectionOf } from '../selection.ts';
import { streaming } from '../streaming.ts';
import { deliverRows } from './deliver-rows.ts';
import type { EventSink, Rejection, SinkEvent } from './event-sink.ts';
import { type KeyedSinkRow, parseSinkRow } from './keyed-sink-row.ts';
import { rowColumns } from './row-columns.ts';
import { sinkDestination } from './sink-destination.ts';

/** Entries read and sent in one go; a retry begins with those that are still open. */
const BATCH = 500;

/** Then the entity gets its turn: a replay must not keep it from continuing as new. */
const MOST_AT_ONCE = 20_000;

/** What became of the rows of some entries. */
interface Outcome {
  found: Set<string>;
  rejected: Map<string, Rejection>;
}

/**
 * Sends rejected rows again: read anew by id, mapped with the present configuration. What is accepted, and what is no longer in the table, is
 * settled; what is refused again stays listed, with the present reason.
 */
export function replayRejectedActivity(dependencies: ActivityDependencies): Pick<Activities, 'replayRejected'> {
  const { records, clock } = dependencies;
  return {
    replayRejected: ({ job, reason, after: first }) =>
      withSink(dependencies, job, (sink) =>
        streaming(dependencies, undefined, async (progress) => {
          const result: ReplayResult = { tried: 0, accepted: 0, rejected: 0, gone: 0 };
          let after = first;
          do {
            const page = await listRejected(records, job, { limit: BATCH, after, reason });
            for (const [source, entries] of Map.groupBy(page.entries, (entry) => entry.source)) {
              const step = `replay${result.tried}`;
              const outcome = await sendAgain(dependencies, { job, sink, source, entries, step });
              await settle(dependencies, job, entries, outcome, iso(clock()));
              count(result, entries, outcome);
              progress.beat = { rows: result.tried, sent: result.accepted, rejected: result.rejected };
            }
            after = page.next;
          } while (after !== undefined && result.tried < MOST_AT_ONCE);
          return { ...result, ...(after !== undefined && { next: after }) };
        }),
      ),
  };
}

interface Again {
  job: Job;
  sink: EventSink<SinkEvent>;
  source: SourceName;
  entries: readonly RejectedEntry[];
  step: string;
}

async function sendAgain(
  { source: table, clock }: Pick<ActivityDependencies, 'source' | 'clock'>,
  { job, sink, source, entries, step }: Again,
): Promise<Outcome> {
  const { projectId, integrationId, config } = job;
  const { cancellationSignal: signal } = Context.current();
  const columns = rowColumns(source, sinkDestination(config));
  const query = activityQuery({
    projectId,
    about: [integrationId, 'rejected', source],
    comment: { integration: integrationId },
    step,
    signal,
  });
  const options = { ...query, delivered: { projectId, integrationId } };
  const stream = await table.streamRows(selectionOf(job, source), entries, columns, options);
  const outcome: Outcome = { found: new Set(), rejected: new Map() };
  await deliverRows<KeyedSinkRow, SinkEvent>({
    sink,
    pages: rowsOf(source, stream, outcome.found),
    refOf: ({ ref }) => ref,
    map: ({ sinkRow }) => sink.map(sinkRow, clock()),
    async reject(rows) {
      for (const { row, ...rejection } of rows) outcome.rejected.set(row.id, rejection);
    },
    from: { lastKey: undefined, accepted: 0, rejected: 0, bytes: 0 },
    onProgress: () => undefined,
    // They are listed because they were refused: that it takes none of them says nothing about the vendor, and what is refused stays listed.
    believeRefusals: true,
    signal,
  });
  return outcome;
}

async function* rowsOf(source: SourceName, stream: Readable, found: Set<string>): AsyncGenerator<[KeyedSinkRow]> {
  let failure: { error: unknown } | undefined;
  // The interface ends silently when its input fails.
  stream.once('error', (error: unknown) => {
    failure = { error };
  });
  for await (const line of createInterface({ input: stream, crlfDelay: 0 })) {
    const row = parseSinkRow(source, line);
    found.add(row.ref.id);
    yield [row];
  }
  if (failure !== undefined) throw failure.error;
}

async function settle(
  { records }: Pick<ActivityDependencies, 'records'>,
  job: Job,
  entries: readonly RejectedEntry[],
  { rejected }: Outcome,
  at: string,
): Promise<void> {
  const still = entries.flatMap((entry) => {
    const rejection = rejected.get(entry.id);
    if (rejection === undefined) return [];
    const { reason, field, message } = rejection;
    return [{ ...entry, reason, field, message, at }];
  });
  const names = new Set(still.map(nameOf));
  const settled = entries.filter((entry) => !names.has(nameOf(entry))).map((entry) => ({ ...entry, at }));
  // First what is still open: a row must not be missing from the list in between.
  await insertRejected(records, job, still);
  await insertRejected(records, job, settled, { resolvedAt: at });
}

/** What tells entries of the list apart. */
function nameOf({ axis, periodStart, periodEnd, id, reason, field, source, eventTime }: RejectedEntry): string {
  return JSON.stringify([axis, periodStart, periodEnd, id, reason, field, source, eventTime]);
}

function count(result: ReplayResult, entries: readonly RejectedEntry[], { found, rejected }: Outcome): void {
  for (const { id } of entries) {
    result.tried += 1;
    if (rejected.has(id)) result.rejected += 1;
    else if (found.has(id)) result.accepted += 1;
    else result.gone += 1;
  }
}

import { Context } from '@temporalio/activity';
import type { Job, Part, PartResult, PeriodPlan } from '../../shared/activities.ts';
import { iso } from '../../shared/period.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { type Beat, lastBeat } from '../heartbeat.ts';
import { emptyResult, proveDelivery } from '../proven-delivery.ts';
import { queryOptions } from '../query-options.ts';
import { insertRejected } from '../records/rejected.ts';
import { selectionOf } from '../selection.ts';
import type { PartCount } from '../source/source.ts';
import type { PartProgress } from '../streaming.ts';
import { type Delivered, deliverRows } from './deliver-rows.ts';
import type { EventSink, SinkEvent } from './event-sink.ts';
import { type KeyedSinkRow, parseSinkRow } from './keyed-sink-row.ts';
import { readPages } from './page-reader.ts';
import { rejectedEntry } from './rejected-entry.ts';
import { rowColumns } from './row-columns.ts';
import { sinkDestination } from './sink-destination.ts';

export interface EventDelivery {
  job: Job;
  plan: Pick<PeriodPlan, 'window' | 'revision'>;
  part: Part;
  sink: EventSink<SinkEvent>;
  progress: PartProgress;
  /** The plan's count, if it is fresh (see `proveDelivery`). */
  counted?: PartCount;
}

/** Rows of the first page, before their size is known. */
const FIRST_PAGE = { plain: 8_000, texts: 500 };

/** From this attempt on, or from the last one if there are fewer, a vendor that refuses every event is believed. */
const BELIEVED_ATTEMPT = 3;

const NOTHING: Delivered = { lastKey: undefined, accepted: 0, rejected: 0, bytes: 0 };

/**
 * Sends the rows of a part as events, proved by counts: accepted and rejected rows together lie between the rows that the source held before
 * and after. A later attempt goes on behind the last row up to which an earlier one had settled everything; what it sends again carries the
 * same ids.
 *
 * @throws ExportError what the sink throws; CountMismatch
 */
export async function deliverEvents(
  dependencies: Pick<ActivityDependencies, 'source' | 'records' | 'metrics' | 'clock'>,
  delivery: EventDelivery,
): Promise<PartResult> {
  const { job, plan, part, counted } = delivery;
  const { source, metrics, clock } = dependencies;
  const begun = clock();
  const resumed = resumeFrom(part);
  const { before, after, delivered } = await proveDelivery(source, {
    job,
    window: plan.window,
    part,
    counted,
    deliver: async (round) => {
      const from = round === 1 ? resumed : NOTHING;
      const done = await sendPart(dependencies, delivery, from, round);
      return { ...done, rows: done.accepted + done.rejected };
    },
    // What a vendor has accepted cannot be taken back; sent again, it carries the same ids.
    undo: async () => undefined,
  });
  const empty = emptyResult(part, before, after);
  if (delivered === undefined) return empty;
  const { accepted, rejected, bytes } = delivered;
  metrics.part({ rows: accepted, bytes, seconds: (clock() - begun) / 1000 });
  if (rejected > 0) metrics.rejected({ rows: rejected });
  return { ...empty, rows: accepted, rejected, bytes, uncompressedBytes: bytes };
}

async function sendPart(
  { source, records, clock }: Pick<ActivityDependencies, 'source' | 'records' | 'clock'>,
  { job, plan, part, sink, progress }: EventDelivery,
  from: Delivered,
  round: number,
): Promise<Delivered> {
  const { window } = plan;
  const destination = sinkDestination(job.config);
  const selection = selectionOf(job, part.source);
  const columns = rowColumns(part.source, destination);
  const { cancellationSignal: cancelled } = Context.current();
  const stop = new AbortController();
  const signal = AbortSignal.any([cancelled, stop.signal]);
  const queryOf = (page: number) =>
    queryOptions({ job, window, part: part.name, step: `page${round}-${page}`, signal });
  const tell = (delivered: Delivered, more: Beat = {}) => {
    progress.beat = { ...beatOf(part, delivered), ...more };
  };
  let present = from;
  tell(present);

  const pages = readPages<KeyedSinkRow>({
    open: (page, number) => source.streamPage(selection, window, part, { ...page, ...columns }, queryOf(number)),
    parse: (line) => parseSinkRow(part.source, line),
    keyOf: ({ ref }) => ref.key(),
    firstLimit: destination.includeIo ? FIRST_PAGE.texts : FIRST_PAGE.plain,
    after: from.lastKey,
  });
  try {
    return await deliverRows({
      sink,
      pages,
      refOf: ({ ref }) => ref,
      map: ({ sinkRow }) => sink.map(sinkRow, clock()),
      reject: (rows) =>
        insertRejected(
          records,
          job,
          rows.map((row) => rejectedEntry(row, { plan, source: part.source, at: iso(clock()) })),
        ),
      from,
      onProgress: (delivered) => {
        present = delivered;
        tell(present);
      },
      onWait: ({ milliseconds, status }) => {
        tell(present, { waiting: milliseconds });
        Context.current().log.info('The destination asks us to wait', { part: part.name, milliseconds, status });
      },
      // By then the vendor has been asked for minutes: rows that are listed can be replayed, a period that never ends helps nobody.
      believeRefusals: Context.current().info.attempt >= Math.min(BELIEVED_ATTEMPT, job.config.tuning.activityAttempts),
      signal,
    });
  } catch (error) {
    // A query that is still read must end with us.
    stop.abort();
    // The next attempt goes on from here.
    tell(present);
    progress.beats.now();
    throw error;
  }
}

function beatOf(part: Part, { lastKey, accepted, rejected, bytes }: Delivered): Beat {
  const position = lastKey === undefined ? {} : { lastKey: [...lastKey] };
  return { part: part.name, sent: accepted, rejected, bytes, rows: accepted + rejected, ...position };
}

/** Where the attempt before came to, when it was at this part. */
function resumeFrom(part: Part): Delivered {
  const { part: name, lastKey, sent = 0, rejected = 0, bytes = 0 } = lastBeat() ?? {};
  return name === part.name && lastKey !== undefined ? { lastKey, accepted: sent, rejected, bytes } : NOTHING;
}

import type { Readable } from 'node:stream';
import { Context } from '@temporalio/activity';
import type { Job, Part, Window } from '../../shared/activities.ts';
import { contentTypeOf, type FileKind } from '../../shared/names-files.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import type { ObjectStore, UploadOptions } from '../destinations/object-store.ts';
import { ExportError } from '../export-error.ts';
import { queryOptions } from '../query-options.ts';
import { selectionOf } from '../selection.ts';
import type { StreamTally, TallyStream } from '../source/source.ts';
import type { PartProgress } from '../streaming.ts';

/** One stream of a part's rows into one object. */
export interface PartStream {
  job: Job;
  window: Window;
  part: Part;
  store: ObjectStore;
  key: string;
  /** Names the query; differs when the part is done again. */
  step: string;
  /** True when there may be an object under `key` already. */
  replaceLeftover: boolean;
  /** Takes what the next heartbeat says. */
  progress: PartProgress;
}

/** Streams the rows of a part into the store. */
export async function streamPart(
  { source, tallyStream }: Pick<ActivityDependencies, 'source' | 'tallyStream'>,
  { job, window, part, store, key, step, replaceLeftover, progress }: PartStream,
): Promise<StreamTally & { queryId: string }> {
  const { format, compression } = job.config;
  const { queryId } = queryOptions({ job, window, part: part.name, step });
  const tally = await uploadRows(tallyStream, {
    open: (signal) =>
      source.streamPart(
        selectionOf(job, part.source),
        window,
        part,
        queryOptions({ job, window, part: part.name, step, signal }),
      ),
    format,
    compression,
    store,
    key,
    expectedBytes: part.bytes,
    replaceLeftover,
    queryId,
    progress,
  });
  return { ...tally, queryId };
}

/** One stream of rows into one object. */
export interface RowUpload
  extends FileKind,
    Pick<UploadOptions, 'expectedBytes' | 'replaceLeftover' | 'contentDisposition'> {
  /** Opens the rows; what it starts must end when the signal is aborted. */
  open: (signal: AbortSignal) => Promise<Readable>;
  store: ObjectStore;
  key: string;
  /** The query that `open` starts first. */
  queryId: string;
  /** Takes what the next heartbeat says. */
  progress: PartProgress;
}

/**
 * Streams rows through counting, compression and hashing into the store.
 * When one end fails or the activity is cancelled, the other end is stopped, and this waits until both are quiet: the query is
 * killed, and no upload is left.
 */
export async function uploadRows(
  tallyStream: TallyStream,
  { open, format, compression, store, key, queryId, progress, ...options }: RowUpload,
): Promise<StreamTally> {
  const stop = new AbortController();
  const signal = AbortSignal.any([Context.current().cancellationSignal, stop.signal]);
  progress.beat = { key, queryId };
  const rows = await open(signal);
  const { output, tally, progress: counters } = tallyStream(rows, { format, compression, signal });
  progress.counters = counters;
  const upload = store.upload(key, output, {
    ...options,
    contentType: contentTypeOf({ format, compression }),
    signal,
    onUploadStarted(uploadId) {
      progress.beat = { ...progress.beat, uploadId };
      progress.beats.now();
    },
  });
  try {
    const [uploaded, counted] = await Promise.all([upload, tally]);
    if (uploaded.bytes !== counted.bytes) throw shortObject(key, uploaded.bytes, counted.bytes);
    return counted;
  } catch (error) {
    stop.abort();
    const [, counting] = await Promise.allSettled([upload, tally]);
    // A query that fails makes the upload fail too, and sometimes the upload says so first.
    throw counting.status === 'rejected' && isSourceFault(counting.reason) ? counting.reason : error;
  } finally {
    delete progress.counters;
    progress.beat = {};
  }
}

function isSourceFault(error: unknown): boolean {
  return error instanceof ExportError && error.type.startsWith('Source');
}

function shortObject(key: string, stored: number, sent: number): ExportError {
  return new ExportError(
    'DestinationBusy',
    `The destination says that it stored ${stored} bytes of ${key}, but ${sent} were sent.`,
    'The part is sent again.',
  );
}

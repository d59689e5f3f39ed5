import { Context } from '@temporalio/activity';
import type { Job, Part, Window } from '../shared/activities.ts';
import { contentTypeOf } from '../shared/names-files.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { ObjectStore } from './destinations/object-store.ts';
import { ExportError } from './export-error.ts';
import type { Beat, Beats } from './heartbeat.ts';
import { queryOptions } from './query-options.ts';
import { selectionOf } from './selection.ts';
import type { StreamTally } from './source/source.ts';

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

/** What the heartbeats of a streaming activity say; written by the stream that is running. */
export interface PartProgress {
  beat: Beat;
  /** Rows and bytes so far, asked at every beat. */
  counters?: () => { rows: number; bytes: number };
  beats: Beats;
}

/**
 * Streams the rows of a part through counting, compression and hashing into the store.
 * When one end fails or the activity is cancelled, the other end is stopped, and this waits until both are quiet: the query is
 * killed, and no upload is left.
 */
export async function streamPart(
  { source, tallyStream }: Pick<ActivityDependencies, 'source' | 'tallyStream'>,
  { job, window, part, store, key, step, replaceLeftover, progress }: PartStream,
): Promise<StreamTally & { queryId: string }> {
  const { format, compression } = job.config;
  const stop = new AbortController();
  const signal = AbortSignal.any([Context.current().cancellationSignal, stop.signal]);
  const options = queryOptions({ job, window, part: part.name, step, signal });
  progress.beat = { key, queryId: options.queryId };
  const rows = await source.streamPart(selectionOf(job), window, part, options);
  const { output, tally, progress: counters } = tallyStream(rows, { format, compression, signal });
  progress.counters = counters;
  const upload = store.upload(key, output, {
    contentType: contentTypeOf({ format, compression }),
    expectedBytes: part.bytes,
    signal,
    replaceLeftover,
    onUploadStarted(uploadId) {
      progress.beat = { ...progress.beat, uploadId };
      progress.beats.now();
    },
  });
  try {
    const [uploaded, counted] = await Promise.all([upload, tally]);
    if (uploaded.bytes !== counted.bytes) throw shortObject(key, uploaded.bytes, counted.bytes);
    return { ...counted, queryId: options.queryId };
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

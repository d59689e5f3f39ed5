import { Context } from '@temporalio/activity';
import type { Activities, Job, PartResult, PeriodPlan, PeriodResult, Window } from '../../shared/activities.ts';
import { buildManifest, type Manifest, serializeManifest } from '../../shared/manifest.ts';
import { DAY, iso } from '../../shared/period.ts';
import { type ActivityDependencies, withStore } from '../dependencies.ts';
import type { ObjectStore } from '../destinations/object-store.ts';
import { ExportError } from '../export-error.ts';
import { insertSuperseded } from '../records/superseded.ts';
import { selectionsOf } from '../selection.ts';
import { fileDestination } from './file-destination.ts';
import { manifestKeyOf, nextRevision, readManifest } from './manifests.ts';
import { possibleKeys } from './part-key.ts';
import { placeOf } from './place.ts';

type Dependencies = Pick<ActivityDependencies, 'source' | 'openStore' | 'records' | 'metrics' | 'clock'>;

/** Readers that work from the replaced manifest have this long to finish. */
const SUPERSEDED_FOR_MS = DAY;

export interface Commit {
  job: Job;
  plan: Pick<PeriodPlan, 'window' | 'revision'>;
  results: PartResult[];
  /** Names of parts that earlier attempts may have written. */
  leftover: string[];
  /** More than 1: a run of periods without rows. */
  periods?: number;
}

/** Periods become part of the export when their manifest is put, which is the last thing that happens. */
export function commitActivities(dependencies: Dependencies): Pick<Activities, 'commitPeriod' | 'commitEmptyRun'> {
  return {
    commitPeriod: (input) => withStore(dependencies, input.job, (store) => commit(dependencies, store, input)),
    commitEmptyRun: ({ job, window, periods, formerly }) =>
      withStore(dependencies, job, async (store) => {
        if (formerly !== undefined && periods > 1)
          await emptyFormerPeriods(dependencies, store, { job, window, ...formerly });
        const key = manifestKeyOf(job, window);
        const present = await readManifest(store, key);
        if (isOwnEmptyCommit(present)) return resultOf(present, key, { window });
        const plan = { window, revision: nextRevision(present) };
        return commit(dependencies, store, { job, plan, results: [], leftover: [], periods });
      }),
  };
}

/** Manifests asked for at once. */
const LOOK_UPS = 16;

/** Empties the periods of a run that had rows when they were exported before. */
async function emptyFormerPeriods(
  dependencies: Dependencies,
  store: ObjectStore,
  { job, window, anchorMs, lengthMs }: { job: Job; window: Window; anchorMs: number; lengthMs: number },
): Promise<void> {
  const end = Date.parse(window.end);
  const periods: Window[] = [];
  for (let start = Date.parse(window.start); start < end; ) {
    const next = Math.min(end, anchorMs + (Math.floor((start - anchorMs) / lengthMs) + 1) * lengthMs);
    periods.push({ ...window, start: iso(start), end: iso(next) });
    start = next;
  }
  for (let at = 0; at < periods.length; at += LOOK_UPS) {
    const batch = periods.slice(at, at + LOOK_UPS).map(async (period) => {
      const present = await readManifest(store, manifestKeyOf(job, period));
      if (present === undefined || present.files.length === 0) return;
      const plan = { window: period, revision: nextRevision(present) };
      await commit(dependencies, store, { job, plan, results: [], leftover: [] });
    });
    await Promise.all(batch);
    Context.current().cancellationSignal.throwIfAborted();
  }
}

/**
 * Commits a planned revision. May be called again after a crash at any point, with the same outcome:
 *
 * 1. Objects of parts that are not in the results are removed: after this nothing is left that no manifest names.
 * 2. The files of the present manifest are recorded as superseded, to be removed in a day. Should the process die here, the present
 *    manifest still names them, and `removeSuperseded` never removes what a present manifest names.
 * 3. The manifest is put. Should the process die now, the next call finds its own files in the present manifest and is done.
 */
export async function commit(
  { source, records, metrics, clock }: Omit<Dependencies, 'openStore'>,
  store: ObjectStore,
  { job, plan, results, leftover, periods = 1 }: Commit,
): Promise<PeriodResult> {
  const { window, revision } = plan;
  const { projectId, integrationId, config } = job;
  const key = manifestKeyOf(job, window);
  const present = await readManifest(store, key);
  const columns = await Promise.all(
    selectionsOf(job).map(async (selection) => ({
      source: selection.source,
      columns: await source.columns(selection),
    })),
  );
  const now = clock();
  const manifest = buildManifest({
    job,
    window,
    revision,
    periods,
    columns,
    results,
    committedAt: iso(now),
    previous: present,
  });
  if (present !== undefined && present.revision >= revision) {
    if (present.revision === revision && hasSameFiles(present, manifest)) return resultOf(present, key, plan);
    throw overtaken(revision, present.revision);
  }

  const named = new Set(manifest.files.map((file) => file.key));
  const stray = leftover.flatMap((part) => possibleKeys(job, plan, part)).filter((name) => !named.has(name));
  if (stray.length > 0) await store.remove(stray);

  const replaced = (present?.files ?? []).filter((file) => !named.has(file.key));
  await insertSuperseded(
    records,
    { projectId, integrationId, place: placeOf(fileDestination(config)) },
    replaced.map((file) => ({ key: file.key, manifestKey: key })),
    { now, removeAfter: now + SUPERSEDED_FOR_MS },
  );

  Context.current().cancellationSignal.throwIfAborted();
  await store.put(key, serializeManifest(manifest), 'application/json; charset=utf-8');
  if (window.axis === 'updated' && window.late === undefined && periods === 1) {
    metrics.committed({ seconds: Math.max(0, now - Date.parse(window.end)) / 1000 });
  }
  return resultOf(manifest, key, plan);
}

/** True when a retry finds the manifest without rows that a dead attempt has put: putting it again would only count the revision up. */
export function isOwnEmptyCommit(present: Manifest | undefined): present is Manifest {
  return Context.current().info.attempt > 1 && present?.files.length === 0;
}

/** What the workflow learns of a committed manifest. */
export function resultOf(
  manifest: Manifest,
  manifestKey: string,
  { window }: Pick<PeriodPlan, 'window'>,
): PeriodResult {
  const { revision, totals } = manifest;
  return { window, revision, ...totals, rejected: 0, manifestKey };
}

function hasSameFiles(a: Manifest, b: Manifest): boolean {
  const list = ({ files }: Manifest) =>
    files
      .map((file) => `${file.key} ${file.sha256}`)
      .sort()
      .join('\n');
  return list(a) === list(b);
}

function overtaken(planned: number, present: number): ExportError {
  return new ExportError(
    'Unexpected',
    `The period was planned as revision ${planned}, but another run has committed revision ${present} meanwhile.`,
    'The period is planned anew; nothing is lost.',
  );
}

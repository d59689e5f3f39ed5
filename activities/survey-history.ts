import type { Activities, HistoryOverview, Job, SpanCounts } from '../shared/activities.ts';
import { MINUTE, SECOND } from '../shared/period.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { ExportError } from './export-error.ts';
import { selectionsOf } from './selection.ts';
import type { Selection } from './source/source.ts';

type Surveys = Pick<Activities, 'surveyHistory' | 'planSpan' | 'findLateRows'>;

/** What there is to export: the whole history, and the rows of each period of a span. */
export function surveyActivities({ source }: Pick<ActivityDependencies, 'source'>): Surveys {
  /** A replica that lags would answer "no rows" for rows that exist: half the settle time is the most that may be missing. */
  const assertFresh = async (job: Job) => {
    const lag = Math.max(...(await ofEach(job, (selection) => source.replicaLagSeconds(selection))));
    const most = (job.config.settleMinutes * MINUTE) / SECOND / 2;
    if (lag <= most) return;
    throw new ExportError(
      'SourceOverloaded',
      `The ClickHouse replica is ${lag} seconds behind; more than half the settle time (${most} seconds) could lose rows.`,
      'The export waits until the replica has caught up. If it never does, look at its replication queue, or raise the settle time.',
    );
  };

  return {
    surveyHistory: async ({ job, ...input }) =>
      allHistory(await ofEach(job, (selection) => source.surveyHistory(selection, input))),
    async planSpan({ job, ...query }) {
      if (query.axis === 'updated') await assertFresh(job);
      return allCounts(await ofEach(job, (selection) => source.planSpan(selection, query)));
    },
    async findLateRows({ job, ...query }) {
      await assertFresh(job);
      const { projectId, integrationId } = job;
      const scope = { projectId, integrationId };
      return allCounts(await ofEach(job, (selection) => source.findLateRows(selection, query, scope)));
    },
  };
}

/** One source after the other: a survey is no reason to run several large queries at once. */
async function ofEach<T>(job: Job, ask: (selection: Selection) => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  for (const selection of selectionsOf(job)) answers.push(await ask(selection));
  return answers;
}

function allHistory(sources: readonly HistoryOverview[]): HistoryOverview {
  const [earliest] = sources.flatMap((one) => one.earliest ?? []).toSorted();
  return {
    rows: sum(sources.map(({ rows }) => rows)),
    outside: sum(sources.map(({ outside }) => outside)),
    sourceNow: earliestNow(sources),
    ...(earliest !== undefined && { earliest }),
  };
}

function allCounts(sources: readonly SpanCounts[]): SpanCounts {
  const counts = new Map<number, number>();
  for (const [period, rows] of sources.flatMap(({ periods }) => periods)) {
    counts.set(period, (counts.get(period) ?? 0) + rows);
  }
  return { periods: [...counts].toSorted(([left], [right]) => left - right), sourceNow: earliestNow(sources) };
}

/** A period is closed only when it was at the first of the looks. */
function earliestNow(sources: ReadonlyArray<{ sourceNow: string }>): string {
  return sources.map(({ sourceNow }) => sourceNow).toSorted()[0] ?? '';
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

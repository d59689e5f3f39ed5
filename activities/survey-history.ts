import type { Activities, Job } from '../shared/activities.ts';
import { MINUTE, SECOND } from '../shared/period.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { ExportError } from './export-error.ts';
import { selectionOf } from './selection.ts';

type Surveys = Pick<Activities, 'surveyHistory' | 'planSpan' | 'findLateRows'>;

/** What there is to export: the whole history, and the rows of each period of a span. */
export function surveyActivities({ source }: Pick<ActivityDependencies, 'source'>): Surveys {
  /** A replica that lags would answer "no rows" for rows that exist: half the settle time is the most that may be missing. */
  const assertFresh = async (job: Job) => {
    const lag = await source.replicaLagSeconds(selectionOf(job));
    const most = (job.config.settleMinutes * MINUTE) / SECOND / 2;
    if (lag <= most) return;
    throw new ExportError(
      'SourceOverloaded',
      `The ClickHouse replica is ${lag} seconds behind; more than half the settle time (${most} seconds) could lose rows.`,
      'The export waits until the replica has caught up. If it never does, look at its replication queue, or raise the settle time.',
    );
  };

  return {
    surveyHistory: ({ job, ...input }) => source.surveyHistory(selectionOf(job), input),
    async planSpan({ job, ...query }) {
      if (query.axis === 'updated') await assertFresh(job);
      return source.planSpan(selectionOf(job), query);
    },
    async findLateRows({ job, ...query }) {
      await assertFresh(job);
      const { projectId, integrationId } = job;
      return source.findLateRows(selectionOf(job), query, { projectId, integrationId });
    },
  };
}

/** Activities of batch exports in memory, and workers for them: what tests of the workflow and of the client run on. */
import { Context } from '@temporalio/activity';
import {
  type BatchExportActivities,
  type BatchExportInput,
  type BatchExportJob,
  type BatchExportOutcome,
  type BatchExportState,
  batchExportRequestSchema,
} from '../../shared/batch-export.ts';
import type { FailureType } from '../../shared/failures.ts';
import { fakeFailure } from './fake-activities.ts';
import { type FakeWorkersOptions, startFakeWorkers } from './fake-workers.ts';
import type { World } from './world.ts';

/** Rows of every fake export. */
export const FAKE_ROWS = 1_000;

export interface FakeBatchExports {
  /** Keys of the files that are there. */
  files: Set<string>;
  recorded: BatchExportState[];
  mails: Array<{ to: string[]; outcome: BatchExportOutcome }>;
  /** How often a file was begun, and the clicks that the beginnings were told. */
  written: string[];
  /** Writers that are at work. */
  writing: number;
  /** Milliseconds of a file. */
  delayMs: number;
  /** A share of a file at which the writer waits until it is cancelled. */
  holdAt: number | undefined;
  /** The count goes on until it is cancelled. */
  holdPlan: boolean;
  /** What fails. */
  failWrite: () => FailureType | undefined;
  failMail: () => boolean;
  failRecord: () => FailureType | undefined;
  failRemoval: () => FailureType | undefined;
  activities: BatchExportActivities;
}

export function createFakeBatchExports(): FakeBatchExports {
  const throwIf = (type: FailureType | undefined) => {
    if (type !== undefined) throw fakeFailure(type);
  };
  const fake: Omit<FakeBatchExports, 'activities'> = {
    files: new Set(),
    recorded: [],
    mails: [],
    written: [],
    writing: 0,
    delayMs: 0,
    holdAt: undefined,
    holdPlan: false,
    failWrite: () => undefined,
    failMail: () => false,
    failRecord: () => undefined,
    failRemoval: () => undefined,
  };
  const write = async (): Promise<void> => {
    const context = Context.current();
    for (let share = 0; share < 1; share += fake.delayMs === 0 ? 1 : 20 / fake.delayMs) {
      const rows = Math.floor(FAKE_ROWS * Math.min(share, fake.holdAt ?? 1));
      context.heartbeat({ rows, bytes: rows * 100, slice: 1, slices: 2, key: 'for the next attempt' });
      await context.sleep(20);
      if (fake.holdAt !== undefined && share >= fake.holdAt) share = fake.holdAt - 20 / fake.delayMs;
    }
  };
  const activities: BatchExportActivities = {
    async planBatchExport() {
      while (fake.holdPlan) {
        Context.current().heartbeat();
        await Context.current().sleep(20);
      }
      return { rows: FAKE_ROWS, bytes: FAKE_ROWS * 1_000 };
    },
    async writeBatchExport({ job }) {
      fake.written.push(job.clickedAt);
      fake.writing += 1;
      try {
        await write();
      } finally {
        fake.writing -= 1;
      }
      throwIf(fake.failWrite());
      const key = keyOf(job);
      fake.files.add(key);
      const sizes = { rows: FAKE_ROWS, bytes: FAKE_ROWS * 100, uncompressedBytes: FAKE_ROWS * 1_000 };
      return { key, ...sizes, sha256: 'ab'.repeat(32), queryId: 'query' };
    },
    async removeBatchExportFile({ job }) {
      throwIf(fake.failRemoval());
      fake.files.delete(keyOf(job));
    },
    async mailBatchExport({ job, outcome }) {
      if (fake.failMail()) throw new Error('the mail server is on fire');
      fake.mails.push({ to: job.request.notify, outcome });
    },
    async recordBatchExport({ state }) {
      throwIf(fake.failRecord());
      fake.recorded.push(state);
    },
  };
  return Object.assign(fake, { activities });
}

export function keyOf({ projectId, exportId }: Pick<BatchExportJob, 'projectId' | 'exportId'>): string {
  return `${projectId}/batch-exports/${exportId}.csv`;
}

export function exampleJob(projectId: string, exportId: string, request: BatchExportInput = {}): BatchExportJob {
  const clickedAt = new Date().toISOString();
  return { projectId, exportId, request: batchExportRequestSchema.parse(request), clickedAt, actor: 'ada@example.com' };
}

/** Workers for workflows, small activities and files on a task queue. */
export function startBatchExportWorkers(
  world: World,
  { activities }: FakeBatchExports,
  options: Omit<FakeWorkersOptions, 'work'> = {},
): Promise<{ taskQueue: string; stop(): Promise<void> }> {
  return startFakeWorkers(world, activities, { ...options, work: 'batch' });
}

import { setTimeout as sleep } from 'node:timers/promises';
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { CancelledFailure } from '@temporalio/common';
import type { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileDestination } from '../../activities/files/file-destination.ts';
import { partKey } from '../../activities/files/part-key.ts';
import type { Job, PeriodPlan } from '../../shared/activities.ts';
import { gatedTally } from '../support/gated-tally.ts';
import { sampleDay as day, insertSampleDay } from '../support/sample-day.ts';
import { failureOf, runActivity } from './run-activity.ts';
import { createSetting, type Setting } from './setting.ts';

let setting: Setting;

beforeAll(async () => {
  setting = await createSetting();
  await insertSampleDay(setting.world, 25_000);
});
afterAll(() => setting.cleanup());

const wholeDay = { tuning: { targetPartRows: 1_000_000 } };

function jobAt(prefix: string, overrides: Record<string, unknown> = {}): Job {
  const destination = fileDestination(setting.job().config);
  return setting.job({ ...wholeDay, ...overrides, destination: { ...destination, prefix } });
}

async function planOf(job: Job): Promise<PeriodPlan> {
  return runActivity(() => setting.activities.planPeriod({ job, window: day, targetPartBytes: 2 ** 34 }));
}

function onlyPart({ parts: [part, more] }: PeriodPlan) {
  if (part === undefined || more !== undefined) throw new Error('the plan should have one part');
  return part;
}

test('cancelling in the middle of a stream kills the query and leaves no upload and no object', async () => {
  const job = jobAt('cancelled/');
  const plan = await planOf(job);
  const gate = gatedTally(12_000_000);
  const activities = setting.activitiesWith({ tallyStream: gate.tally });
  let environment: MockActivityEnvironment | undefined;
  const beats: Array<{ uploadId?: string; queryId?: string }> = [];
  const work = runActivity(() => activities.exportPart({ job, plan, part: onlyPart(plan) }), {
    environment: (given) => {
      environment = given;
      given.on('heartbeat', (beat) => beats.push(beat));
    },
  });
  await gate.reached;
  expect(await setting.uploads()).toBe(1);
  const queryId = beats.at(-1)?.queryId;
  expect(queryId).toContain('/one/backfill/2026-03-01T00:00:00.000Z/p0000/try1/stream1/');
  expect(beats[0]?.uploadId).toBeTruthy();
  const { database } = setting.world.clickhouse;
  const running = () =>
    setting.rows(
      `SELECT query FROM system.processes WHERE current_database = '${database}' AND query LIKE '%AS parent_observation_id%' AND query NOT LIKE '%processes%'`,
    );
  expect(await running()).toHaveLength(1);

  environment?.cancel();
  await expect(work).rejects.toBeInstanceOf(CancelledFailure);
  expect(await setting.uploads()).toBe(0);
  for (const deadline = Date.now() + 5_000; (await running()).length > 0; await sleep(50)) {
    expect(Date.now()).toBeLessThan(deadline);
  }
  expect((await setting.keys()).filter((key) => key.startsWith('cancelled/'))).toEqual([]);
});

test('a retry aborts the upload and kills the query of the attempt that died, and replaces what it wrote', async () => {
  const job = jobAt('retried/');
  const plan = await planOf(job);
  const part = onlyPart(plan);
  const key = partKey(job, plan, part.name, part.source);
  const { s3 } = setting.world;
  const { UploadId: uploadId } = await s3.client.send(
    new CreateMultipartUploadCommand({ Bucket: s3.bucket, Key: key }),
  );
  const first = await runActivity(() => setting.activities.exportPart({ job, plan, part }));
  expect(await setting.uploads()).toBe(1);

  const killed: string[] = [];
  const activities = setting.activitiesWith({
    killQuery: async (queryId) => {
      killed.push(queryId);
    },
  });
  const again = await runActivity(() => activities.exportPart({ job, plan, part }), {
    attempt: 2,
    heartbeatDetails: { key, uploadId, queryId: 'dead-query' },
  });
  expect(killed).toEqual(['dead-query']);
  expect(await setting.uploads()).toBe(0);
  expect(again).toMatchObject({ key: first.key, rows: first.rows, attempt: 2 });
  expect((await setting.keys()).filter((name) => name.startsWith('retried/'))).toEqual([key]);
});

test('heartbeat details of another shape do not stop a retry', async () => {
  const job = jobAt('odd-details/');
  const plan = await planOf(job);
  const options = { attempt: 3, heartbeatDetails: ['from', { older: 'code' }] };
  const result = await runActivity(() => setting.activities.exportPart({ job, plan, part: onlyPart(plan) }), options);
  expect(result.rows).toBe(plan.rows);
});

test('rows that appear while the part streams are accepted: delivered rows lie between the two counts', async () => {
  const job = jobAt('changing/');
  const plan = await planOf(job);
  const gate = gatedTally(5_000_000);
  const activities = setting.activitiesWith({ tallyStream: gate.tally });
  const work = runActivity(() => activities.exportPart({ job, plan, part: onlyPart(plan) }));
  await gate.reached;
  await setting.command(
    `INSERT INTO events_full SELECT * REPLACE (concat('new-', span_id) AS span_id) FROM events_full FINAL WHERE project_id = '${job.projectId}' LIMIT 25`,
  );
  gate.open();
  const result = await work;
  expect(result.countAfter).toBe(result.countBefore + 25);
  expect(result.rows).toBe(result.countBefore);
});

test('a destination that refuses us is DestinationDenied, not retried, and names no secret', async () => {
  const destination = fileDestination(setting.job().config);
  const { dependencies } = setting;
  const secret = 'wrong-secret-that-nobody-may-see';
  const secretAccessKey = dependencies.sealer.seal(secret, setting.job());
  const credentials = { ...destination.credentials, secretAccessKey };
  const job = setting.job({ ...wholeDay, destination: { ...destination, credentials } });
  const input = { job, window: day, targetPartBytes: 2 ** 30 };
  const failure = await failureOf(runActivity(() => setting.activities.planPeriod(input)));
  expect(failure).toMatchObject({ type: 'DestinationDenied', nonRetryable: true });
  expect(JSON.stringify({ ...failure, stack: failure.stack, cause: failure.cause })).not.toContain(secret);
  expect(failure.details).toEqual([expect.objectContaining({ type: 'DestinationDenied' })]);
  expect(failure.cause).toBeUndefined();
});

test('a secret that was sealed for another integration is ConfigInvalid', async () => {
  const destination = fileDestination(setting.job().config);
  const foreign = setting.dependencies.sealer.seal('x', { projectId: 'other', integrationId: 'one' });
  const job = setting.job({
    destination: { ...destination, credentials: { ...destination.credentials, secretAccessKey: foreign } },
  });
  const failure = await failureOf(runActivity(() => setting.activities.probe({ job })));
  expect(failure).toMatchObject({ type: 'ConfigInvalid', nonRetryable: true });
  const { projectId, integrationId, config } = job;
  const steps = await runActivity(() => setting.activities.testDestination({ projectId, integrationId, config }));
  expect(steps).toEqual([
    expect.objectContaining({ ok: false, failure: expect.objectContaining({ type: 'ConfigInvalid' }) }),
  ]);
});

test('a folder that another installation has claimed is refused; our own may be claimed again', async () => {
  const job = jobAt('claimed/');
  await runActivity(() => setting.activities.claimDestination({ job }));
  await runActivity(() => setting.activities.claimDestination({ job }));
  const other = setting.activitiesWith({ installationId: 'another' });
  const failure = await failureOf(runActivity(() => other.claimDestination({ job })));
  expect(failure).toMatchObject({ type: 'ConfigInvalid', nonRetryable: true });
  const probed = await failureOf(runActivity(() => other.probe({ job })));
  expect(probed).toMatchObject({ type: 'ConfigInvalid' });
});

test('a probe passes where an export would, and leaves nothing but the owner marker', async () => {
  const job = jobAt('probed/');
  await runActivity(() => setting.activities.probe({ job }));
  const left = (await setting.keys()).filter((key) => key.startsWith('probed/'));
  expect(left).toEqual([expect.stringMatching(/\/_owner\.json$/)]);
});

import { expect, test } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import { partTarget, selectionOf } from '../../activities/selection.ts';
import type { Job } from '../../shared/activities.ts';
import { fakeDependencies, fakeSource, job, plan } from './fakes.ts';
import { failureOf, runActivity } from './run-activity.ts';

const MIB = 2 ** 20;

test('parts are as large as configured, learned and the format allow, whichever is least', () => {
  const { sources } = job.config;
  const tuning = { ...job.config.tuning, targetPartBytes: 200 * MIB };
  expect(partTarget({ tuning, sources, format: 'jsonl' }, 2 ** 34).bytes).toBe(200 * MIB);
  expect(partTarget({ tuning, sources, format: 'parquet' }, 2 ** 34).bytes).toBe(140 * MIB);
  expect(partTarget({ tuning, sources, format: 'parquet' }, 7 * MIB).bytes).toBe(7 * MIB);
});

test('the selection is what the configuration says', () => {
  const { columnGroups, format, csv } = job.config;
  expect(selectionOf(job, 'events')).toEqual({
    projectId: 'p',
    source: 'events',
    columnGroups,
    format,
    csv,
    filters: [],
    lookBackDays: 7,
  });
});

test('live and late windows are registered before they are planned, history is not', async () => {
  const windows = [
    { axis: 'event', expected: ['plan'] },
    { axis: 'updated', expected: ['register', 'plan'] },
    { axis: 'updated', late: 2, expected: ['register', 'plan'] },
  ] as const;
  for (const { expected, ...rest } of windows) {
    const steps: string[] = [];
    const source = fakeSource({ counts: [3], streams: [3] });
    source.registerDelivered = async () => void steps.push('register');
    source.planParts = async () => {
      steps.push('plan');
      return [];
    };
    const { planPeriod } = createActivities(fakeDependencies({ source }));
    const window = { ...plan.window, ...rest };
    await runActivity(() => planPeriod({ job, window, targetPartBytes: MIB }));
    expect(steps).toEqual(expected);
  }
});

test('a replica that is behind by more than half the settle time is SourceOverloaded, for live rows only', async () => {
  const slow: Job = { ...job, config: { ...job.config, settleMinutes: 20 } };
  const span = { job: slow, from: plan.window.start, to: plan.window.end, anchorMs: 0, lengthMs: 3_600_000 };
  const source = fakeSource({ counts: [], streams: [] });
  const { planSpan, findLateRows } = createActivities(fakeDependencies({ source }));
  source.replicaLagSeconds = async () => 600;
  await runActivity(() => planSpan({ ...span, axis: 'updated' }));
  source.replicaLagSeconds = async () => 601;
  await runActivity(() => planSpan({ ...span, axis: 'event' }));
  for (const work of [
    () => planSpan({ ...span, axis: 'updated' }),
    () => findLateRows({ ...span, axis: 'updated', late: 2 }),
  ]) {
    const failure = await failureOf(runActivity(work));
    expect(failure).toMatchObject({ type: 'SourceOverloaded', nonRetryable: false });
    expect(failure.message).toContain('601 seconds');
  }
});

import { expect, test } from 'vitest';
import { ExportError } from '../../../activities/export-error.ts';
import { createActivities } from '../../../activities/index.ts';
import type { EventSink, SinkEvent } from '../../../activities/sinks/event-sink.ts';
import type { Job, PartResult } from '../../../shared/activities.ts';
import { integrationConfigSchema } from '../../../shared/config/integration.ts';
import { fakeDependencies, plan } from '../fakes.ts';
import { failureOf, runActivity } from '../run-activity.ts';

const SEALED = `v1.0123abcd.${'A'.repeat(40)}`;
const job: Job = {
  projectId: 'p',
  integrationId: 'i',
  configVersion: 1,
  config: integrationConfigSchema.parse({ name: 'x', destination: { kind: 'posthog', projectApiKey: SEALED } }),
};

function part(name: string, rows: number, rejected: number): PartResult {
  const counts = { countBefore: rows + rejected, countAfter: rows + rejected };
  const sent = { bytes: 100 * rows, uncompressedBytes: 100 * rows };
  return { part: name, source: 'events', rows, rejected, sha256: '', queryId: '', attempt: 1, ...sent, ...counts };
}

function setUp(confirm: EventSink<SinkEvent>['confirm']) {
  const confirmed: string[] = [];
  const sink: EventSink<SinkEvent> = {
    limits: { events: 1, bytes: 1 },
    parallelRequests: 1,
    map: () => ({ rejected: { reason: 'unused', field: '', message: '' } }),
    send: async () => [],
    async confirm(signal) {
      confirmed.push('asked');
      await confirm(signal);
    },
    test: async () => [],
    close: () => undefined,
  };
  return { confirmed, activities: createActivities(fakeDependencies({ openSink: async () => sink })) };
}

test('a period is the sum of its parts: rows accepted and rows rejected', async () => {
  const { activities, confirmed } = setUp(async () => undefined);
  const results = [part('p0000', 5, 1), part('p0001', 7, 0)];
  const result = await runActivity(() => activities.commitPeriod({ job, plan, results, leftover: [] }));
  expect(result).toMatchObject({ rows: 12, rejected: 1, bytes: 1_200, files: 0, manifestKey: '', revision: 1 });
  expect(confirmed).toEqual(['asked']);
});

test('a key that was revoked while its events were sent fails the period: PostHog has thrown them away', async () => {
  const { activities } = setUp(() =>
    Promise.reject(new ExportError('DestinationDenied', 'PostHog does not know the key', 'Enter another one.')),
  );
  const commit = () => activities.commitPeriod({ job, plan, results: [part('p0000', 5, 0)], leftover: [] });
  expect(await failureOf(runActivity(commit))).toMatchObject({ type: 'DestinationDenied', nonRetryable: true });
});

test('a run without rows asks nobody', async () => {
  const { activities, confirmed } = setUp(() => Promise.reject(new Error('must not be asked')));
  const { window } = plan;
  const result = await runActivity(() => activities.commitEmptyRun({ job, window, periods: 3 }));
  expect(result).toMatchObject({ rows: 0, rejected: 0 });
  expect(confirmed).toEqual([]);
});

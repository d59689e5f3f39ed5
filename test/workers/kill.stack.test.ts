import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateSampleData } from '../../dev/sample-data/generate-sample-data.ts';
import { type Manifest, parseManifest } from '../../shared/manifest.ts';
import { periodWorkflowId } from '../../shared/names.ts';
import { createSetting, type Setting } from '../activities/setting.ts';
import { startIntegration, startWorkerProcess, until } from './worker-process.ts';

let setting: Setting;
beforeAll(async () => {
  setting = await createSetting();
});
afterAll(() => setting.cleanup());

/** Manifests of history that name files; neighbouring periods without rows have one of their own. */
async function committedWithRows(): Promise<Manifest[]> {
  const keys = (await setting.keys()).filter((key) => key.includes('/manifests/event/'));
  const manifests = await Promise.all(keys.map(async (key) => parseManifest((await setting.object(key)).toString())));
  return manifests.filter(({ files }) => files.length > 0);
}

test('a worker killed in the middle of an upload leaves nothing: its successor ends with one set of files', async () => {
  const { world } = setting;
  const day = 86_400_000;
  const start = Math.floor(Date.now() / day - 8) * day;
  await generateSampleData({
    command: setting.command,
    database: world.clickhouse.database,
    projectId: world.projectId,
    rows: 60_000,
    from: new Date(start),
    to: new Date(start + day),
    updatedShare: 0,
    deletedShare: 0,
    lateShare: 0,
    bigRows: 0,
  });
  const first = await startWorkerProcess(setting);
  const job = setting.job({ frequency: 'daily', tuning: { targetPartRows: 1_000_000 } });
  await startIntegration(setting, job);
  const period = world.temporal.client.workflow.getHandle(
    periodWorkflowId(job, { axis: 'event', start: new Date(start).toISOString() }),
  );
  /** Whether Temporal knows the id of the upload. */
  const uploadIsKnown = async () => {
    const { raw } = await period.describe();
    const details = raw.pendingActivities?.flatMap(({ heartbeatDetails }) => heartbeatDetails?.payloads ?? []) ?? [];
    return details.some(({ data }) => Buffer.from(data ?? []).includes('uploadId'));
  };
  await until(() => uploadIsKnown().catch(() => false), first.output);
  first.kill('SIGKILL');
  await first.ended;
  expect(await setting.uploads()).toBe(1);
  expect(await committedWithRows()).toEqual([]);

  const second = await startWorkerProcess(setting);
  await until(async () => (await committedWithRows()).length > 0, second.output, 120_000);
  const committed = await committedWithRows();
  expect(await setting.uploads()).toBe(0);
  expect(committed.reduce((rows, { totals }) => rows + totals.rows, 0)).toBe(60_000);
  for (const { revision } of committed) expect(revision).toBe(1);
  const data = (await setting.keys()).filter((key) => key.endsWith('.jsonl'));
  expect(data).toEqual(committed.flatMap(({ files }) => files.map(({ key }) => key)).sort());
}, 180_000);

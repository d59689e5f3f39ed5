import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateSampleData } from '../../dev/sample-data/generate-sample-data.ts';
import { freePort } from '../../dev/stack/ports.ts';
import { createSetting, ENCRYPTION_KEY, type Setting } from '../activities/setting.ts';
import { startIntegration, startWorkerProcess, until } from './worker-process.ts';

let setting: Setting;
beforeAll(async () => {
  setting = await createSetting();
});
afterAll(() => setting.cleanup());

test('the worker process exports an integration, says when it is ready, and stops in an orderly way on SIGTERM', async () => {
  const { world } = setting;
  const now = Date.now();
  const from = new Date(now - 10 * 86_400_000);
  await generateSampleData({
    command: setting.command,
    database: world.clickhouse.database,
    projectId: world.projectId,
    rows: 2_000,
    from,
    to: new Date(now - 5 * 86_400_000),
    bigRows: 0,
  });
  const metrics = await freePort(0);
  const worker = await startWorkerProcess(setting, { METRICS_PORT: String(metrics.port) });
  await until(async () => (await worker.get('/ready')) === 200, worker.output);
  expect(await worker.get('/live')).toBe(200);

  await startIntegration(setting, setting.job({ frequency: 'daily' }));
  const backfilled = async () => {
    const [sum] = await setting.rows(
      `SELECT toUInt32(sum(rows)) AS rows FROM period_ledger FINAL WHERE axis = 'event'`,
    );
    const [held] = await setting.rows('SELECT toUInt32(count()) AS rows FROM events_full FINAL');
    return Number(sum?.rows) > 0 && sum?.rows === held?.rows;
  };
  await until(backfilled, worker.output, 60_000);

  const counted = await (await fetch(`http://127.0.0.1:${metrics.port}/metrics`)).text();
  expect(counted).toMatch(/^exports_rows\w*\{[^}]*activity_type="exportSmallPeriod"|^\w*exports_rows\w*(\{| )/m);
  expect(counted).not.toContain(world.projectId);

  worker.kill('SIGTERM');
  expect(await worker.ended).toBe(0);
  expect(worker.output()).toContain('Worker has stopped');
  expect(await worker.get('/ready')).toBe(0);
  const lines = worker.output().trim().split('\n');
  for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
  for (const secret of [ENCRYPTION_KEY, world.clickhouse.password, world.s3.secretAccessKey]) {
    expect(worker.output()).not.toContain(secret);
  }
}, 120_000);

test('a wrong configuration ends the process with a list of its faults and no stack trace', async () => {
  const worker = await startWorkerProcess(setting, { ENCRYPTION_KEY: 'short', LOG_LEVEL: 'loud' });
  expect(await worker.ended).toBe(1);
  expect(worker.output()).toContain('ENCRYPTION_KEY has 5 characters');
  expect(worker.output()).toContain('LOG_LEVEL must be');
  expect(worker.output()).not.toContain('    at ');
});

test('an unreachable Temporal server or ClickHouse ends the process with a sentence that names it', async () => {
  const temporal = await startWorkerProcess(setting, { TEMPORAL_ADDRESS: '127.0.0.1:1' });
  expect(await temporal.ended).toBe(1);
  expect(temporal.output()).toContain('Temporal does not answer at 127.0.0.1:1');
  const clickhouse = await startWorkerProcess(setting, { CLICKHOUSE_URL: 'http://127.0.0.1:1' });
  expect(await clickhouse.ended).toBe(1);
  expect(clickhouse.output()).toContain('ClickHouse: the server cannot be reached');
  expect(clickhouse.output()).not.toContain('    at ');
});

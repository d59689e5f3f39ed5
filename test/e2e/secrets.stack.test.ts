import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DAY } from '../../shared/period.ts';
import { startWorkerProcess } from '../workers/worker-process.ts';
import { idsOf } from './events.ts';
import { actor, ENCRYPTION_KEY, type ExportWorld, openExportWorld } from './export-world.ts';
import { recorded, secretsIn } from './recorded.ts';

let own: ExportWorld;
beforeAll(async () => {
  own = await openExportWorld();
});
afterAll(() => own.cleanup());

test('no secret stands in what is recorded, stored or logged, after an export that failed in several ways on its way', async () => {
  const { s3, clickhouse } = own.world;
  const wrong = `wrong-${randomBytes(16).toString('hex')}`;
  const token = `token-${randomBytes(16).toString('hex')}`;
  const worker = await startWorkerProcess(own, {
    ENCRYPTION_KEY,
    EXPORTS_DATABASE: own.exportsDatabase,
    LOG_LEVEL: 'debug',
  });
  const project = own.project('secrets');
  const { projectId } = project;
  await project.insert({ id: 'old', start: Date.now() - 6 * DAY }, { id: 'new', start: Date.now() - DAY });
  const credentials = (secretAccessKey: string, accessKeyId = s3.accessKeyId) =>
    ({ kind: 'static', accessKeyId, secretAccessKey }) as const;
  const recipients = [{ kind: 'webhook' as const, name: 'chat', url: `https://hooks.example.com/${token}` }];

  const config = own.config({ recipients, destination: { credentials: credentials(wrong) } });
  const steps = await own.exports.integrations.testDestination({ projectId, config });
  expect(steps.at(-1)?.ok).toBe(false);
  const one = await project.start({ recipients, destination: { credentials: credentials(wrong) } });
  const id = { projectId, integrationId: one.integrationId, actor };
  await one.until(({ blocked }) => blocked !== undefined && blocked.probes > 0, 'it was probed in vain');
  await one.update({ destination: { credentials: credentials(s3.secretAccessKey, 'nobody') } });
  await one.until(({ lastError }) => lastError?.message.includes('access key id') === true, 'another failure');
  await one.update({ destination: { endpoint: 'http://127.0.0.1:9' } }, 'continue');
  await one.until(({ lastError }) => lastError?.type === 'DestinationBusy', 'nothing answers');
  await one.update({ destination: {} }, 'continue');
  await one.untilExported();
  expect(idsOf(await one.exported())).toEqual(['new', 'old']);
  const view = await own.exports.integrations.get(id);
  await own.exports.integrations.delete(id);

  const history = await recorded(own, projectId);
  expect(history.types).toEqual(new Set(['integration', 'exportPeriod', 'testDestination']));
  const objects = await Promise.all((await own.keys()).map(async (key) => `${key}\n${await own.object(key)}`));
  const tables = await own.rows(`SELECT name FROM system.tables WHERE database = '${own.exportsDatabase}'`);
  const stored = await Promise.all(tables.map(({ name }) => own.rows(`SELECT * FROM ${own.exportsDatabase}.${name}`)));
  const places = {
    temporal: history.text,
    bucket: objects.join('\n'),
    database: JSON.stringify(stored),
    log: worker.output(),
    view: JSON.stringify(view),
  };
  // The search sees what is there: the key id is no secret, and the log is not empty.
  expect(places.temporal).toContain(s3.accessKeyId);
  expect(places.temporal).toContain('"secretAccessKey":"v1.');
  expect(places.database).toContain('configure');
  expect(places.log).toMatch(/"level":"debug"/);
  const secrets = { right: s3.secretAccessKey, wrong, token, database: clickhouse.password, key: ENCRYPTION_KEY };
  expect(secretsIn(places, secrets)).toEqual([]);
}, 180_000);

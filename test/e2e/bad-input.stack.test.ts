import { PutObjectCommand } from '@aws-sdk/client-s3';
import { createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startClickHouse } from '../../dev/clickhouse/start.ts';
import { createTables } from '../../dev/tables/create-tables.ts';
import { DAY, HOUR, iso } from '../../shared/period.ts';
import { rejection } from '../client/client-world.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { idsOf, insertEvents, versionsOf } from './events.ts';
import {
  actor,
  type ConfigOverrides,
  createExportWorld,
  type ExportWorld,
  openExportWorld,
  type RunningIntegration,
} from './export-world.ts';

let own: ExportWorld;
beforeAll(async () => {
  own = await createExportWorld();
});
afterAll(() => own.cleanup());

async function withRows(world: ExportWorld, name: string) {
  const project = world.project(name);
  await project.insert({ id: 'old', start: Date.now() - 6 * DAY }, { id: 'new', start: Date.now() - DAY });
  return project;
}

async function expectWhole(one: RunningIntegration): Promise<void> {
  await one.untilExported();
  expect(idsOf(await one.exported())).toEqual(['new', 'old']);
}

test('what can be known from the form alone is refused with the field at fault, and nothing is started', async () => {
  const projectId = `form-${own.world.id}`;
  const tomorrow = iso(Date.now() + DAY).slice(0, 10);
  const faults: Array<[ConfigOverrides, string, RegExp]> = [
    [{ destination: { prefix: 'exports' } }, 'destination.prefix', /end with "\/", for example/],
    [{ mode: 'FROM_CUSTOM_DATE', startDate: tomorrow }, 'startDate', /is in the future; choose/],
    [{ destination: { bucket: 'No_Bucket' } }, 'destination.bucket', /lower-case/],
    [{ destination: { endpoint: 'ftp://x' } }, 'destination.endpoint', /URL such as https/],
  ];
  for (const [overrides, path, message] of faults) {
    const config = own.config(overrides);
    for (const call of [
      own.exports.integrations.create({ projectId, actor, config }),
      own.exports.integrations.testDestination({ projectId, config }),
    ]) {
      expect(await rejection(call)).toMatchObject({
        code: 'invalid_config',
        issues: [{ path, message: expect.stringMatching(message) }],
      });
    }
  }
  const unknown = JSON.parse(JSON.stringify({ ...own.config(), columnGroups: ['core', 'everything'], colour: 'red' }));
  expect(await rejection(own.exports.integrations.create({ projectId, actor, config: unknown }))).toMatchObject({
    issues: [
      { path: 'columnGroups.1', message: expect.stringContaining('experiment') },
      { message: expect.stringContaining('colour') },
    ],
  });
  expect(await own.exports.integrations.list({ projectId })).toEqual({ integrations: [] });
});

const static_ = (accessKeyId: string, secretAccessKey: string) => ({
  kind: 'static' as const,
  accessKeyId,
  secretAccessKey,
});

describe.concurrent('a destination that does not work', () => {
  test.each([
    [
      'wrong-secret',
      'DestinationDenied',
      /secret access key/,
      'blocked',
      () => ({ credentials: static_(own.world.s3.accessKeyId, 'wrong') }),
    ],
    [
      'unknown-key-id',
      'DestinationDenied',
      /access key id/,
      'blocked',
      () => ({ credentials: static_('nobody', own.world.s3.secretAccessKey) }),
    ],
    [
      'missing-bucket',
      'DestinationMissing',
      /Create the bucket/,
      'blocked',
      () => ({ bucket: `missing-${own.world.id}` }),
    ],
    ['unreachable', 'DestinationBusy', /Check host and port/, 'retrying', () => ({ endpoint: 'http://127.0.0.1:9' })],
  ] as const)(
    '%s: the test says so, the integration says so, and once it is mended nothing is missing',
    async (name, type, words, status, fault) => {
      const project = await withRows(own, name);
      const failed = await own.exports.integrations.testDestination({
        projectId: project.projectId,
        config: own.config({ destination: fault() }),
      });
      expect(failed.at(-1)).toMatchObject({ ok: false, failure: { type } });
      expect(failed.slice(0, -1).every(({ ok }) => ok)).toBe(true);
      expect(`${failed.at(-1)?.failure?.message} ${failed.at(-1)?.failure?.remedy}`).toMatch(words);

      const one = await project.start({ destination: fault(), tuning: { holePauseSeconds: 300 } });
      const view = await one.until(({ lastError }) => lastError !== undefined, 'the failure is visible');
      expect(view).toMatchObject({ status, lastError: { type } });
      expect(`${view.lastError?.message} ${view.lastError?.remedy}`).toMatch(words);
      expect(view.blocked?.failure.type).toBe(status === 'blocked' ? type : undefined);
      await one.update({ destination: {} }, 'continue');
      await expectWhole(one);
    },
  );

  test('a good one passes every step of the test and leaves nothing behind', async () => {
    const projectId = `good-${own.world.id}`;
    const steps = await own.exports.integrations.testDestination({ projectId, config: own.config() });
    expect(steps.map(({ step, ok }) => `${step} ${ok}`)).toEqual(
      ['resolve', 'connect', 'write', 'read', 'list', 'delete'].map((step) => `${step} true`),
    );
    expect((await own.keys()).filter((key) => key.includes(projectId))).toEqual([]);
  });

  test('a folder of another installation is not touched until somebody frees it', async () => {
    const project = await withRows(own, 'foreign');
    const { client, bucket } = own.world.s3;
    const Key = `exports/${project.projectId}/one/_owner.json`;
    const Body = JSON.stringify({
      version: 1,
      projectId: project.projectId,
      integrationId: 'one',
      installation: 'other',
    });
    await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
    const one = await project.start({ tuning: { holePauseSeconds: 300 } });
    const view = await one.until(({ status }) => status === 'blocked', 'it is blocked');
    expect(view.blocked?.failure).toMatchObject({ type: 'ConfigInvalid', remedy: expect.stringContaining('prefix') });
    expect((await own.keys()).filter((key) => key.includes(project.projectId))).toEqual([Key]);
    await one.update({ destination: { prefix: 'elsewhere/' } }, 'continue');
    await expectWhole(one);
    expect((await own.object(Key)).toString()).toBe(Body);
  });

  test('an integration that works and loses its credentials loses no row', async () => {
    const project = own.project('rotated');
    await project.insert({ id: 'old', start: Date.now() - 6 * DAY });
    const QUICK = { frequency: 'every_5_seconds', settleMinutes: 0.1 } as const;
    const one = await project.start(QUICK);
    await one.untilExported();
    await one.update({ destination: { credentials: static_(own.world.s3.accessKeyId, 'revoked') } });
    await project.insert({ id: 'new', start: Date.now() });
    await one.until(({ blocked }) => blocked?.failure.type === 'DestinationDenied', 'it is blocked');
    await project.insert({ id: 'newer', start: Date.now() });
    const mended = Date.now();
    await one.update({ destination: {} });
    await one.untilExported(mended + 5_000);
    expect(versionsOf(await one.exported())).toEqual(versionsOf(await project.newestVersionsOfTable()));
  });
});

describe('an operator who has not allowed it', () => {
  test.each([
    [
      'an address in a private network',
      { allowPrivateNetworks: false },
      { allowPrivateNetworks: false, allowedHosts: ['127.0.0.1'] },
    ],
    ['plain http', { allowHttp: false }, {}],
  ])(
    '%s is refused by the test and by the worker; once allowed, the integration goes on by itself',
    async (_, before, after) => {
      const world = await openExportWorld();
      try {
        const stop = await world.startWorker({ destinations: before });
        const project = await withRows(world, 'network');
        const steps = await world.exports.integrations.testDestination({
          projectId: project.projectId,
          config: world.config(),
        });
        expect(steps).toMatchObject([{ step: 'resolve', ok: false, failure: { type: 'ConfigInvalid' } }]);
        const one = await project.start();
        const { blocked } = await one.until(({ status }) => status === 'blocked', 'it is blocked');
        expect(blocked?.failure.type).toBe('ConfigInvalid');
        expect(blocked?.failure.remedy).not.toBe('');
        await stop();
        await world.startWorker({ destinations: after });
        await expectWhole(one);
      } finally {
        await world.cleanup();
      }
    },
  );
});

describe('a source that does not work', () => {
  test('a missing table is said with its remedy; once it is there the integration goes on by itself', async () => {
    const world = await openExportWorld();
    try {
      const project = await withRows(world, 'table');
      await world.command('DROP VIEW events_core_mv');
      await world.command('RENAME TABLE events_full TO elsewhere');
      await world.startWorker();
      const one = await project.start();
      const { blocked } = await one.until(({ status }) => status === 'blocked', 'it is blocked');
      expect(blocked?.failure).toMatchObject({
        type: 'SourceDenied',
        message: expect.stringContaining('a table of the export does not exist'),
        remedy: expect.stringContaining('table names'),
      });
      await world.command('RENAME TABLE elsewhere TO events_full');
      await expectWhole(one);
    } finally {
      await world.cleanup();
    }
  });

  test('a user who may only read: the worker says so at its start; where the tables are there it exports history, and stops before it would lose track', async () => {
    const world = await openExportWorld();
    const dataDir = await tempFolder();
    const readonlyUser = { name: 'reader', password: 'read-only' };
    const server = await startClickHouse({ port: 0, dataDir, password: 'admin', readonlyUser });
    const client = createClient({ url: server.url, username: server.user, password: 'admin', database: 'events' });
    try {
      const command = (query: string) => client.command({ query });
      await createTables({ command: (query) => createAdmin(server.url).command(query), database: 'events' });
      const place = { url: server.url, database: 'events', exportsDatabase: 'exports' };
      const reader = { ...place, user: 'reader', password: 'read-only' };
      const admin = { ...place, user: server.user, password: 'admin' };
      const refused = await rejection(world.startWorker({ clickhouse: reader }));
      expect(String(refused)).toMatch(/does not let/);

      await (await world.startWorker({ clickhouse: admin }))();
      const stop = await world.startWorker({ clickhouse: reader });
      const project = world.project('reader');
      await insertEvents(command, project.projectId, [
        { id: 'old', start: Date.now() - 6 * DAY },
        { id: 'new', start: Date.now() - 2 * HOUR },
      ]);
      const one = await project.start();
      const { blocked } = await one.until(({ status }) => status === 'blocked', 'it is blocked');
      expect(blocked?.failure).toMatchObject({ type: 'SourceDenied', remedy: expect.stringMatching(/readonly/) });
      expect(idsOf(await one.exported())).not.toContain('new');
      await stop();
      await world.startWorker({ clickhouse: admin });
      await expectWhole(one);
    } finally {
      await world.cleanup();
      await client.close();
      await server.stop();
    }
  });
});

function createAdmin(url: string) {
  return {
    async command(query: string) {
      const client = createClient({ url, password: 'admin' });
      await client.command({ query });
      await client.close();
    },
  };
}

import { afterAll, beforeAll, expect, test } from 'vitest';
import { InvalidConfig, type ListInput } from '../../client/index.ts';
import { actor, type ClientWorld, createClientWorld, eventually, exampleInput, rejection } from './client-world.ts';

let it: ClientWorld;
let projectId: string;
let stopWorker: () => Promise<void>;
const names = ['a', 'b', 'c', 'd', 'e'];

beforeAll(async () => {
  it = await createClientWorld();
  projectId = it.world.projectId;
  stopWorker = await it.startWorker();
  const { integrations } = it.exports;
  const make = (integrationId: string, project = projectId) =>
    integrations.create({
      projectId: project,
      integrationId,
      actor,
      config: exampleInput({ name: `Name ${integrationId}` }),
    });
  await Promise.all([...names.map((name) => make(name)), make('gone'), make('a', `${projectId}-other`)]);
  await integrations.pause({ projectId, integrationId: 'b', actor, reason: 'test' });
  await integrations.delete({ projectId, integrationId: 'gone', actor });
  // The index is behind by up to a second.
  await eventually(
    () => ids({ status: 'paused' }),
    (found) => found.length === 1,
  );
  await eventually(
    () => ids({}),
    (found) => found.length === names.length,
  );
});
afterAll(async () => {
  await stopWorker?.();
  await it?.world.cleanup();
});

async function ids(filter: Partial<ListInput>): Promise<string[]> {
  const { integrations } = await it.exports.integrations.list({ projectId, ...filter });
  return integrations.map(({ integrationId }) => integrationId).sort();
}

test('list shows the integrations of one project, without those that were deleted', async () => {
  expect(await ids({})).toEqual(names);
  const { integrations, nextPageToken } = await it.exports.integrations.list({ projectId });
  expect(nextPageToken).toBeUndefined();
  const found = integrations.find(({ integrationId }) => integrationId === 'b');
  expect(found).toMatchObject({ projectId, name: 'Name b', destination: 's3', frequency: 'hourly', createdBy: actor });
  expect(found?.status).toBe('paused');
  expect(found).not.toHaveProperty('request');
});

test('list filters by status and destination', async () => {
  expect(await ids({ status: 'paused' })).toEqual(['b']);
  expect(await ids({ status: 'active' })).toEqual(['a', 'c', 'd', 'e']);
  expect(await ids({ status: 'blocked' })).toEqual([]);
  expect(await ids({ destination: 's3', status: 'paused' })).toEqual(['b']);
});

test('pages hold everything once', async () => {
  const seen: string[] = [];
  let pageToken: string | undefined;
  do {
    const page = await it.exports.integrations.list({ projectId, pageSize: 2, pageToken });
    expect(page.integrations.length).toBeLessThanOrEqual(2);
    seen.push(...page.integrations.map(({ integrationId }) => integrationId));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  expect(seen.sort()).toEqual(names);
});

test('list shows up to when data is exported', async () => {
  const { integrations } = it.exports;
  const page = await eventually(
    () => integrations.list({ projectId, status: 'active' }),
    ({ integrations: found }) => found.every(({ exportedUpTo }) => exportedUpTo !== undefined),
    20_000,
  );
  for (const { exportedUpTo = '' } of page.integrations)
    expect(new Date(exportedUpTo).toISOString()).toBe(exportedUpTo);
});

test.each<[string, string, Record<string, unknown>]>([
  ['a project id that would end the query', 'projectId', { projectId: "x' OR ExportProject != 'y" }],
  ['an unknown status', 'status', { status: "paused' OR '1' = '1" }],
  ['an unknown destination', 'destination', { destination: 'ftp' }],
  ['a page that is too large', 'pageSize', { pageSize: 100_000 }],
  ['a token that is none', 'pageToken', { pageToken: '*' }],
])('%s is refused', async (_, path, wrong) => {
  const error = await rejection(it.exports.integrations.list({ projectId, ...wrong }));
  expect(error).toBeInstanceOf(InvalidConfig);
  expect(error).toMatchObject({ issues: [{ path }] });
});

test('a token continues only the list that it came from', async () => {
  const { nextPageToken: pageToken } = await it.exports.integrations.list({ projectId, pageSize: 2 });
  const error = await rejection(it.exports.integrations.list({ projectId: `${projectId}-other`, pageToken }));
  expect(error).toMatchObject({ code: 'invalid_config', issues: [{ path: 'pageToken' }] });
});

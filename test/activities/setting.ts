/** The setting of activity tests: a world with tables, our own database, and activities over real servers. */

import { GetObjectCommand, ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { noopMetricMeter } from '@temporalio/common';
import type { ActivityDependencies } from '../../activities/dependencies.ts';
import { createActivities } from '../../activities/index.ts';
import { DEFAULT_TABLES } from '../../activities/source/source-table.ts';
import { createTables } from '../../dev/tables/create-tables.ts';
import type { Activities, Job, PartResult, PeriodPlan, PeriodResult, Window } from '../../shared/activities.ts';
import type { BatchExportActivities } from '../../shared/batch-export.ts';
import { integrationConfigSchema } from '../../shared/config/integration.ts';
import { readDownloadStorage } from '../../shared/download-storage.ts';
import { type Manifest, parseManifest } from '../../shared/manifest.ts';
import { createSealer } from '../../shared/sealed.ts';
import { openDependencies } from '../../workers/dependencies.ts';
import { createWorld, type World } from '../support/world.ts';
import { runActivity } from './run-activity.ts';

export const ENCRYPTION_KEY = '0123456789abcdef'.repeat(4);

export interface Setting {
  world: World;
  dependencies: ActivityDependencies;
  activities: Activities & BatchExportActivities;
  job(overrides?: Record<string, unknown>): Job;
  /** Activities with some dependencies replaced. */
  activitiesWith(replaced: Partial<ActivityDependencies>): Activities & BatchExportActivities;
  keys(): Promise<string[]>;
  uploads(): Promise<number>;
  object(key: string): Promise<Buffer>;
  manifest(result: Pick<PeriodResult, 'manifestKey'>): Promise<Manifest>;
  /** Runs one statement. */
  command(sql: string): Promise<unknown>;
  /** Rows of a query. */
  rows(sql: string): Promise<Array<Record<string, unknown>>>;
  cleanup(): Promise<void>;
}

export async function createSetting(): Promise<Setting> {
  const world = await createWorld();
  const { clickhouse, s3 } = world;
  const { database, client } = clickhouse;
  const command = (query: string) => client.command({ query });
  await createTables({ command, database });
  const { dependencies, close } = await openDependencies(
    {
      clickhouse: {
        url: clickhouse.url,
        user: clickhouse.user,
        password: clickhouse.password,
        database,
        tables: DEFAULT_TABLES,
        exportsDatabase: database,
        maxMemoryUsage: 1_000_000_000,
      },
      encryption: { key: ENCRYPTION_KEY, previousKeys: '' },
      destinations: { allowPrivateNetworks: true, allowHttp: true, allowedHosts: [], workerRoleAllowed: [] },
      installationId: 'test',
      downloads: readDownloadStorage({
        LANGFUSE_S3_BATCH_EXPORT_ENABLED: 'true',
        LANGFUSE_S3_BATCH_EXPORT_BUCKET: s3.bucket,
        LANGFUSE_S3_BATCH_EXPORT_PREFIX: 'downloads/',
        LANGFUSE_S3_BATCH_EXPORT_REGION: s3.region,
        LANGFUSE_S3_BATCH_EXPORT_ENDPOINT: s3.url,
        LANGFUSE_S3_BATCH_EXPORT_ACCESS_KEY_ID: s3.accessKeyId,
        LANGFUSE_S3_BATCH_EXPORT_SECRET_ACCESS_KEY: s3.secretAccessKey,
      }),
    },
    noopMetricMeter,
  );
  const { projectId } = world;

  return {
    world,
    dependencies,
    activities: createActivities(dependencies),
    activitiesWith: (replaced) => createActivities({ ...dependencies, ...replaced }),
    job(overrides = {}) {
      const integrationId = 'one';
      const secretAccessKey = createSealer(ENCRYPTION_KEY).seal(s3.secretAccessKey, { projectId, integrationId });
      const config = integrationConfigSchema.parse({
        name: 'example',
        format: 'jsonl',
        compression: 'none',
        frequency: 'hourly',
        destination: {
          kind: 's3',
          provider: 's3_compatible',
          bucket: s3.bucket,
          endpoint: s3.url,
          region: s3.region,
          prefix: 'exports/',
          credentials: { kind: 'static', accessKeyId: s3.accessKeyId, secretAccessKey },
        },
        ...overrides,
      });
      return { projectId, integrationId, configVersion: 1, config };
    },
    async keys() {
      const { Contents = [] } = await s3.client.send(new ListObjectsV2Command({ Bucket: s3.bucket }));
      return Contents.flatMap(({ Key }) => Key ?? []).sort();
    },
    async uploads() {
      const { Uploads = [] } = await s3.client.send(new ListMultipartUploadsCommand({ Bucket: s3.bucket }));
      return Uploads.length;
    },
    object,
    manifest: async ({ manifestKey }) => parseManifest((await object(manifestKey)).toString()),
    command,
    async rows(query) {
      const result = await client.query({ query, format: 'JSONEachRow' });
      return result.json<Record<string, unknown>>();
    },
    async cleanup() {
      await close();
      await world.cleanup();
    },
  };

  async function object(key: string): Promise<Buffer> {
    const { Body } = await s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: key }));
    if (Body === undefined) throw new Error(`${key} has no body`);
    return Buffer.from(await Body.transformToByteArray());
  }
}

/** A backfill window. */
export function eventWindow(start: string, end: string): Window {
  return { axis: 'event', start, end, updatedBefore: '2030-01-01T00:00:00.000Z' };
}

/** Plans, exports and commits a period as the workflow does, without splits. */
export async function exportWhole(
  activities: Activities,
  job: Job,
  window: Window,
): Promise<{ plan: PeriodPlan; result: PeriodResult }> {
  const targetPartBytes = job.config.tuning.targetPartBytes;
  const plan = await runActivity(() => activities.planPeriod({ job, window, targetPartBytes }));
  const { parts, ...head } = plan;
  const results: PartResult[] = [];
  for (const part of parts) results.push(await runActivity(() => activities.exportPart({ job, plan: head, part })));
  const result = await runActivity(() => activities.commitPeriod({ job, plan: head, results, leftover: [] }));
  return { plan, result };
}

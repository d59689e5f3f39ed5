/**
 * Everything real, end to end: Temporal, the embedded ClickHouse, an S3 server, a worker in this process with the real workflows and
 * activities, and the client that drives them; all in databases, a bucket and task queues that nobody else uses.
 */

import { GetObjectCommand, ListMultipartUploadsCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { noopMetricMeter } from '@temporalio/common';
import { createActivities } from '../../activities/index.ts';
import { DEFAULT_TABLES } from '../../activities/source/source-table.ts';
import {
  createExportsClient,
  type ExportsClient,
  type IntegrationInput,
  type IntegrationView,
} from '../../client/index.ts';
import { sealSecrets } from '../../client/seal-secrets.ts';
import { createTables } from '../../dev/tables/create-tables.ts';
import type { Activities, Job } from '../../shared/activities.ts';
import { integrationInputSchema } from '../../shared/config/integration.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { integrationFolder } from '../../shared/names.ts';
import { lengthOf } from '../../shared/period.ts';
import { createSealer } from '../../shared/sealed.ts';
import { openDependencies } from '../../workers/dependencies.ts';
import { createWorkers } from '../../workers/worker.ts';
import { createWorld, type World } from '../support/world.ts';
import { type EventRow, insertEvents, newestVersions, type TableRow } from './events.ts';
import { type ExportedRow, readExport } from './read-export.ts';

export const ENCRYPTION_KEY = 'fedcba9876543210'.repeat(4);
export const actor = 'ada@example.com';

type Destination = Extract<IntegrationInput['destination'], { kind: 's3' }>;
type Dependencies = Parameters<typeof openDependencies>[0];

/** What a worker may be told otherwise than by default. */
export interface WorkerSettings {
  clickhouse?: Partial<Dependencies['clickhouse']>;
  destinations?: Partial<Dependencies['destinations']>;
  installationId?: string;
  /** For batch exports. */
  downloads?: Dependencies['downloads'];
  mail?: Dependencies['mail'];
  sinks?: Dependencies['sinks'];
}

/** A configuration as a person fills it in; what is left out suits tests. */
export type ConfigOverrides = Partial<Omit<IntegrationInput, 'destination'>> & {
  destination?: Partial<Destination> | SinkInput;
};
type SinkInput = Exclude<IntegrationInput['destination'], { kind: 's3' }>;

export interface ExportWorld {
  world: World;
  exports: ExportsClient;
  /** Database of our own tables. */
  exportsDatabase: string;
  /** Starts a worker (both queues) and returns how to stop it; stopped by `cleanup` at the latest. */
  startWorker(settings?: WorkerSettings): Promise<() => Promise<void>>;
  /** Those of the worker that was started last, for `runActivity`. */
  activities(): Activities;
  config(overrides?: ConfigOverrides): IntegrationInput;
  /** A project that no other test of this world uses. */
  project(name: string): Project;
  command(sql: string): Promise<unknown>;
  /** Rows of a query; instants as ISO text. */
  rows(sql: string): Promise<Array<Record<string, unknown>>>;
  /** Every object of the bucket. */
  keys(): Promise<string[]>;
  /** Multipart uploads that are neither complete nor aborted. */
  uploads(): Promise<number>;
  object(key: string): Promise<Buffer>;
  cleanup(): Promise<void>;
}

export interface Project {
  projectId: string;
  /** Writes rows or versions of rows, each call as a part of its own. */
  insert(...rows: EventRow[]): Promise<void>;
  /** What the table holds, decided without FINAL and without the product's code. */
  newestVersionsOfTable(): Promise<TableRow[]>;
  /** Creates an integration. */
  start(
    overrides?: ConfigOverrides,
    options?: { integrationId?: string; fresh?: boolean },
  ): Promise<RunningIntegration>;
}

export interface RunningIntegration {
  projectId: string;
  integrationId: string;
  view(): Promise<IntegrationView>;
  /** Polls the view until `condition` holds. */
  until(condition: (view: IntegrationView) => boolean, what: string, timeoutMs?: number): Promise<IntegrationView>;
  /** History is exported, nothing is running or failed, and every live period up to `instant` (epoch ms, default now) is done. */
  untilExported(instant?: number): Promise<IntegrationView>;
  /** Changes fields of the configuration. */
  update(overrides: ConfigOverrides, history?: 'continue' | 'restart'): Promise<void>;
  /** What activities are told of it. */
  job(): Job;
  manifests(): Promise<Manifest[]>;
  /** Every row of every file that the manifests name; files and manifests are checked against each other on the way. */
  exported(): Promise<ExportedRow[]>;
}

export async function createExportWorld(settings: WorkerSettings = {}): Promise<ExportWorld> {
  const own = await openExportWorld();
  try {
    await own.startWorker(settings);
  } catch (error) {
    await own.cleanup();
    throw error;
  }
  return own;
}

/** The same without a worker. */
export async function openExportWorld(): Promise<ExportWorld> {
  const world = await createWorld();
  const { clickhouse, s3, temporal } = world;
  const { database, client } = clickhouse;
  const exportsDatabase = `${database}_exports`;
  const command = (query: string) => client.command({ query });
  await createTables({ command, database });
  const stops = new Set<() => Promise<void>>();
  const { connection, namespace, taskQueue } = temporal;
  const exports = createExportsClient({
    connection,
    namespace,
    taskQueue,
    encryptionKey: ENCRYPTION_KEY,
    // The machine may be busy with other tests.
    timeouts: { answer: 30_000, query: 20_000, close: 60_000 },
  });
  const sealer = createSealer(ENCRYPTION_KEY);
  let activities: Activities | undefined;
  const begun: Array<{ projectId: string; integrationId: string }> = [];

  const startWorker: ExportWorld['startWorker'] = async (settings = {}) => {
    const { dependencies, close } = await openDependencies(
      {
        clickhouse: {
          url: clickhouse.url,
          user: clickhouse.user,
          password: clickhouse.password,
          database,
          tables: DEFAULT_TABLES,
          exportsDatabase,
          maxMemoryUsage: 1_000_000_000,
          ...settings.clickhouse,
        },
        encryption: { key: ENCRYPTION_KEY, previousKeys: '' },
        destinations: {
          allowPrivateNetworks: true,
          allowHttp: true,
          allowedHosts: [],
          workerRoleAllowed: [],
          ...settings.destinations,
        },
        installationId: settings.installationId,
        mail: settings.mail,
        ...(settings.sinks === undefined ? {} : { sinks: settings.sinks }),
        ...(settings.downloads === undefined ? {} : { downloads: settings.downloads }),
      },
      noopMetricMeter,
    );
    const { address } = temporal;
    const made = createActivities(dependencies);
    activities = made;
    const workers = await createWorkers(
      {
        temporal: {
          address,
          namespace,
          tls: false,
          apiKey: undefined,
          caFile: undefined,
          certFile: undefined,
          keyFile: undefined,
        },
        queues: {
          name: taskQueue,
          main: true,
          objectStore: true,
          posthog: true,
          mixpanel: true,
          batch: true,
          concurrentStreams: 8,
        },
        workflowBundle: world.workflowBundle().codePath,
        versioning: undefined,
      },
      { connection: await temporal.nativeConnection(), activities: made },
    );
    const running = workers.run();
    const stop = async () => {
      if (!stops.delete(stop)) return;
      workers.shutdown();
      await running;
      await close();
    };
    stops.add(stop);
    return stop;
  };

  const destination = (overrides: Partial<Destination> | SinkInput = {}): IntegrationInput['destination'] => {
    if (overrides.kind === 'posthog' || overrides.kind === 'mixpanel') return overrides;
    return store(overrides);
  };
  const store = (overrides: Partial<Destination>): Destination => ({
    kind: 's3',
    provider: 's3_compatible',
    bucket: s3.bucket,
    endpoint: s3.url,
    region: s3.region,
    prefix: 'exports/',
    credentials: { kind: 'static', accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
    ...overrides,
  });
  const config: ExportWorld['config'] = (overrides = {}) => ({
    name: 'example',
    ...(isFileDestination(overrides.destination) ? { format: 'jsonl', compression: 'none' } : {}),
    frequency: 'hourly',
    settleMinutes: 0,
    ...overrides,
    destination: destination(overrides.destination),
    tuning: { activityAttempts: 1, holePauseSeconds: 0.5, sweepHours: [], ...overrides.tuning },
  });
  const object: ExportWorld['object'] = async (key) => {
    const { Body } = await s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: key }));
    if (Body === undefined) throw new Error(`${key} has no body`);
    return Buffer.from(await Body.transformToByteArray());
  };
  const keys: ExportWorld['keys'] = async () => {
    const found: string[] = [];
    const pages = paginateListObjectsV2({ client: s3.client }, { Bucket: s3.bucket });
    for await (const { Contents = [] } of pages) found.push(...Contents.flatMap(({ Key }) => Key ?? []));
    return found.sort();
  };
  const rows: ExportWorld['rows'] = async (query) => {
    const result = await client.query({
      query,
      format: 'JSONEachRow',
      clickhouse_settings: { date_time_output_format: 'iso' },
    });
    return result.json<Record<string, unknown>>();
  };

  const project: ExportWorld['project'] = (name) => {
    const projectId = `${name}-${world.id}`;
    return {
      projectId,
      insert: (...events) => insertEvents(command, projectId, events),
      newestVersionsOfTable: () => newestVersions(rows, projectId),
      async start(overrides = {}, { integrationId = 'one', fresh } = {}) {
        const id = { projectId, integrationId };
        begun.push(id);
        await exports.integrations.create({ ...id, actor, config: config(overrides), fresh });
        return running(id, overrides);
      },
    };
  };

  function running(id: { projectId: string; integrationId: string }, created: ConfigOverrides): RunningIntegration {
    const view = async () => {
      const details = await exports.integrations.get(id);
      if (!details.workerRunning) throw new Error(details.notice);
      return details.state;
    };
    let present = created;
    const until: RunningIntegration['until'] = async (condition, what, timeoutMs = 60_000) => {
      for (const deadline = Date.now() + timeoutMs; ; ) {
        const now = await view();
        if (condition(now)) return now;
        if (Date.now() > deadline) throw new Error(`waited in vain until ${what}: ${JSON.stringify(now, null, 1)}`);
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    };
    const prefix = () => (isFileDestination(present.destination) && present.destination?.prefix) || 'exports/';
    const manifestKeys = async () => {
      const folder = `${integrationFolder({ ...id, prefix: prefix() })}manifests/`;
      return (await keys()).filter((key) => key.startsWith(folder));
    };
    return {
      ...id,
      view,
      until,
      untilExported: (instant = Date.now()) =>
        until(
          ({ backfillDone, holes, queuedMoves, exportedUpTo = '', tracks }) =>
            backfillDone &&
            holes.length === 0 &&
            queuedMoves.length === 0 &&
            tracks.every(({ purpose, finished }) => purpose !== 'reexport' || finished) &&
            // The last whole period before `instant` is what can be exported.
            Date.parse(exportedUpTo) > instant - lengthOf(present.frequency ?? 'hourly'),
          'everything is exported',
          90_000,
        ),
      async update(overrides, history) {
        present = { ...present, ...overrides };
        await exports.integrations.update({ ...id, actor, config: config(present), history });
      },
      job: () => ({
        ...id,
        configVersion: 1,
        config: sealSecrets(integrationInputSchema.parse(config(present)), sealer, id),
      }),
      manifests: async () => (await readExport(await manifestKeys(), object)).manifests,
      exported: async () => (await readExport(await manifestKeys(), object)).rows,
    };
  }

  return {
    world,
    exports,
    exportsDatabase,
    startWorker,
    activities() {
      if (activities === undefined) throw new Error('no worker was started');
      return activities;
    },
    config,
    project,
    command,
    rows,
    keys,
    async uploads() {
      const { Uploads = [] } = await s3.client.send(new ListMultipartUploadsCommand({ Bucket: s3.bucket }));
      return Uploads.length;
    },
    object,
    async cleanup() {
      // Nothing may run on: workflows of this world would wait for a worker for ever.
      for (const { projectId, integrationId } of begun) {
        const handle = temporal.client.workflow.getHandle(`integration/${projectId}/${integrationId}`);
        await handle.terminate('the test has ended').catch(() => undefined);
      }
      await Promise.all([...stops].map((stop) => stop()));
      await command(`DROP DATABASE IF EXISTS ${exportsDatabase} SYNC`);
      await world.cleanup();
    },
  };
}

function isFileDestination(
  destination: ConfigOverrides['destination'],
): destination is Partial<Destination> | undefined {
  return destination?.kind !== 'posthog' && destination?.kind !== 'mixpanel';
}

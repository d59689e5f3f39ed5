import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { type ClickHouseClient, createClient } from '@clickhouse/client';
import { Client, Connection } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { inject } from 'vitest';
import { deleteBucket } from './delete-bucket.ts';
import type { TestServers } from './provided.ts';

/** A corner of the test servers that nobody else uses, with clients for it. */
export interface World {
  /** Unique, 12 characters of [a-z0-9]; the names below are made of it. */
  readonly id: string;
  readonly projectId: string;
  readonly clickhouse: TestServers['clickhouse'] & {
    /** Exists and is empty. */
    readonly database: string;
    /** Its default database is `database`. */
    readonly client: ClickHouseClient;
  };
  readonly s3: TestServers['s3'] & {
    /** Exists and is empty. */
    readonly bucket: string;
    readonly client: S3Client;
  };
  readonly temporal: TestServers['temporal'] & {
    /** Begin the names of task queues and workflow ids with it. */
    readonly taskQueue: string;
    readonly connection: Connection;
    readonly client: Client;
    /** The connection for workers, made at the first call and closed by `cleanup`: stop the workers before. */
    nativeConnection(): Promise<NativeConnection>;
  };
  /** For `Worker.create({ workflowBundle })`; throws the bundler's error if the workflow code does not bundle. */
  workflowBundle(): { codePath: string };
  /** Drops database and bucket and closes the clients. */
  cleanup(): Promise<void>;
}

/** Makes a world of its own for a test file or a test; call its `cleanup()` in `afterAll` / `afterEach`. */
export async function createWorld(): Promise<World> {
  const servers = inject('servers');
  const id = `t${Date.now().toString(36).slice(-5)}${randomBytes(3).toString('hex')}`;
  const clickhouse = await createDatabase(servers.clickhouse, `test_${id}`);
  const s3 = await createBucket(servers.s3, `test-${id}`);
  const temporal = await connectTemporal(servers.temporal, `test-${id}`);
  return {
    id,
    projectId: `project-${id}`,
    clickhouse: clickhouse.part,
    s3: s3.part,
    temporal: temporal.part,
    workflowBundle() {
      const bundle = inject('workflowBundle');
      if ('error' in bundle) throw new Error(`There is no workflow bundle: ${bundle.error}`);
      return { codePath: bundle.path };
    },
    async cleanup() {
      await Promise.all([clickhouse.cleanup(), s3.cleanup(), temporal.cleanup()]);
    },
  };
}

async function createDatabase(server: TestServers['clickhouse'], database: string) {
  const login = { url: server.url, username: server.user, password: server.password };
  const admin = createClient(login);
  await admin.command({ query: `CREATE DATABASE ${database}` });
  const client = createClient({ ...login, database });
  return {
    part: { ...server, database, client },
    async cleanup() {
      await client.close();
      await admin.command({ query: `DROP DATABASE ${database} SYNC` });
      await admin.close();
    },
  };
}

async function createBucket(server: TestServers['s3'], bucket: string) {
  const { url, region, accessKeyId, secretAccessKey } = server;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint: url, region, forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    part: { ...server, bucket, client },
    async cleanup() {
      await deleteBucket(client, bucket);
      client.destroy();
    },
  };
}

async function connectTemporal(server: TestServers['temporal'], taskQueue: string) {
  const { address, namespace } = server;
  const connection = await Connection.connect({ address, channelArgs: { 'grpc.enable_http_proxy': 0 } });
  const client = new Client({ connection, namespace });
  let native: Promise<NativeConnection> | undefined;
  const nativeConnection = () => {
    // Imported here: the worker package takes a second to load, and most tests run no worker.
    native ??= import('@temporalio/worker').then(({ NativeConnection }) => NativeConnection.connect({ address }));
    return native;
  };
  return {
    part: { ...server, taskQueue, connection, client, nativeConnection },
    async cleanup() {
      await (await native)?.close();
      await connection.close();
    },
  };
}

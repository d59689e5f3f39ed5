import { join } from 'node:path';
import { type ClickHouseServer, startEmbeddedClickHouse } from './clickhouse.ts';
import { type Emulators, startEmulators } from './emulators.ts';
import { type FolderLock, lockFolder } from './lock.ts';
import { type MailCatcher, startMailCatcher } from './mail.ts';
import { freePort } from './ports.ts';
import { describeExit, type RunningServer } from './process.ts';
import { type S3Server, startS3 } from './s3.ts';
import { type DevSecrets, loadDevSecrets } from './secrets.ts';
import { startTemporal, type TemporalServer } from './temporal.ts';

export interface StackOptions {
  /** All data, logs and secrets; a start with the same folder resumes. */
  readonly dataDir: string;
  /**
   * Preferred ports: Temporal here, its web UI at +1, ClickHouse at +2, S3 at +3, mail at +5 (+4: the worker), PostHog at +6, Mixpanel
   * at +7; a busy one moves up.
   */
  readonly portBase: number;
  /** Told what happens, one line at a time. */
  readonly log: (line: string) => void;
  /** Buckets to create; default: `exports`. */
  readonly buckets?: readonly string[];
}

interface Servers {
  readonly temporal: TemporalServer;
  readonly clickhouse: ClickHouseServer;
  readonly s3: S3Server;
  /** PostHog and Mixpanel. Unlike the others they begin empty at every start. */
  readonly emulators: Emulators;
}

export interface Stack extends Servers {
  /** Runs in this process and keeps every mail as a file. */
  readonly mail: MailCatcher;
  readonly secrets: DevSecrets;
  /** One log file for each server. */
  readonly logDir: string;
  /** Stops every server; may be called any number of times. */
  stop(): Promise<void>;
  /** Resolves, once all are stopped, if a server ended that nobody had stopped. Never rejects, stays pending otherwise. */
  readonly failed: Promise<Error>;
}

/**
 * Starts the embedded stack: Temporal, ClickHouse, S3, emulators of PostHog and Mixpanel, and a mail server on 127.0.0.1, with all their
 * data below one folder. If one of them cannot start, none is left running and the error tells its last log lines.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir } = options;
  const lock = await lockFolder(dataDir);
  let mail: MailCatcher | undefined;
  const release = async () => {
    await mail?.stop();
    await lock.release();
  };
  try {
    const secrets = await loadDevSecrets(dataDir);
    const ports = await choosePorts(options);
    const logDir = join(dataDir, 'logs');
    mail = await startMailCatcher({ port: ports.mail, folder: join(dataDir, 'mails') });
    const servers = await startServers(options, ports, secrets, logDir);
    const supervised = await supervise(Object.values(servers), { note: lock.note, release });
    return { ...servers, mail, secrets, logDir, ...supervised };
  } catch (error) {
    await release();
    throw error;
  }
}

type Ports = Readonly<
  Record<'temporal' | 'temporalUi' | 'clickhouse' | 's3' | 'mail' | 'posthog' | 'mixpanel', number>
>;

async function choosePorts({ portBase, log }: StackOptions): Promise<Ports> {
  const promised = new Set<number>();
  const choose = async (what: string, preferred: number) => {
    const { port, taken } = await freePort(preferred, promised);
    promised.add(port);
    if (taken) log(`${what}: port ${preferred} is in use, taking ${port}`);
    return port;
  };
  return {
    temporal: await choose('temporal', portBase),
    temporalUi: await choose('temporal UI', portBase + 1),
    clickhouse: await choose('clickhouse', portBase + 2),
    s3: await choose('s3', portBase + 3),
    mail: await choose('mail', portBase + 5),
    posthog: await choose('posthog', portBase + 6),
    mixpanel: await choose('mixpanel', portBase + 7),
  };
}

async function startServers(
  { dataDir, buckets = ['exports'] }: StackOptions,
  ports: Ports,
  secrets: DevSecrets,
  logDir: string,
): Promise<Servers> {
  const starting = [
    startTemporal({
      port: ports.temporal,
      uiPort: ports.temporalUi,
      dbFilename: join(dataDir, 'temporal', 'temporal.db'),
      logFile: join(logDir, 'temporal.log'),
    }),
    startEmbeddedClickHouse({
      port: ports.clickhouse,
      dataDir: join(dataDir, 'clickhouse'),
      user: 'default',
      password: secrets.clickhousePassword,
      logFile: join(logDir, 'clickhouse.log'),
    }),
    startS3({
      port: ports.s3,
      dataDir: join(dataDir, 's3'),
      accessKeyId: secrets.s3AccessKeyId,
      secretAccessKey: secrets.s3SecretAccessKey,
      buckets,
      logFile: join(logDir, 's3.log'),
    }),
    startEmulators({
      posthogPort: ports.posthog,
      mixpanelPort: ports.mixpanel,
      posthogKeys: [secrets.posthogProjectKey],
      mixpanelTokens: [secrets.mixpanelToken],
      logFile: join(logDir, 'emulators.log'),
    }),
  ] as const;
  try {
    const [temporal, clickhouse, s3, emulators] = await Promise.all(starting);
    return { temporal, clickhouse, s3, emulators };
  } catch (error) {
    for (const result of await Promise.allSettled(starting)) {
      if (result.status === 'fulfilled') await result.value.stop();
    }
    throw error;
  }
}

async function supervise(servers: readonly RunningServer[], lock: FolderLock): Promise<Pick<Stack, 'stop' | 'failed'>> {
  await lock.note(servers.map(({ pid }) => pid));

  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= Promise.all(servers.map((server) => server.stop())).then(() => lock.release());
    return stopped;
  };

  const failed = new Promise<Error>((resolve) => {
    for (const server of servers) {
      void server.exited.then(async (exit) => {
        if (stopped) return;
        await stop();
        resolve(new Error(`${describeExit(exit)}\nThe other servers have been stopped.`));
      });
    }
  });
  return { stop, failed };
}

import { z } from 'zod';
import { downloadStorageOf } from '../shared/download-storage.ts';
import { VARIABLES } from './variables.ts';

/** The environment is not usable; the message lists everything that is wrong, one line each. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

const environment = z.object(VARIABLES);
type Values = z.output<typeof environment>;

/** The worker's configuration, by what it is for. */
export type WorkerConfig = ReturnType<typeof arrange>;

/**
 * Reads the worker's configuration. A variable that is set to nothing counts as not set.
 * @throws ConfigError that names every variable at fault
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): WorkerConfig {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = environment.safeParse(set);
  const faults = (parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')} ${issue.message}`);
  faults.push(...contradictions(set));
  if (!parsed.success || faults.length > 0) {
    throw new ConfigError(['The configuration has these faults:', ...faults.map((fault) => `  - ${fault}`)].join('\n'));
  }
  return arrange(parsed.data);
}

/** Faults that lie between variables. */
function contradictions(set: Record<string, string | undefined>): string[] {
  const pairs = [
    ['WORKER_DEPLOYMENT_NAME', 'WORKER_BUILD_ID'],
    ['TEMPORAL_TLS_CERT_FILE', 'TEMPORAL_TLS_KEY_FILE'],
    ['SMTP_CONNECTION_URL', 'EMAIL_FROM_ADDRESS'],
  ] as const;
  return pairs
    .filter(([a, b]) => (set[a] === undefined) !== (set[b] === undefined))
    .map(([a, b]) => `${a} and ${b} go together: set both or neither`);
}

function arrange(values: Values) {
  const { WORKER_DEPLOYMENT_NAME: deploymentName, WORKER_BUILD_ID: buildId } = values;
  const { SMTP_CONNECTION_URL: connectionUrl, EMAIL_FROM_ADDRESS: from } = values;
  return {
    temporal: {
      address: values.TEMPORAL_ADDRESS,
      namespace: values.TEMPORAL_NAMESPACE,
      apiKey: values.TEMPORAL_API_KEY,
      tls: values.TEMPORAL_TLS ?? values.TEMPORAL_API_KEY !== undefined,
      caFile: values.TEMPORAL_TLS_CA_FILE,
      certFile: values.TEMPORAL_TLS_CERT_FILE,
      keyFile: values.TEMPORAL_TLS_KEY_FILE,
    },
    clickhouse: {
      url: values.CLICKHOUSE_URL,
      user: values.CLICKHOUSE_USER,
      password: values.CLICKHOUSE_PASSWORD,
      database: values.CLICKHOUSE_DB,
      tables: {
        events: { full: values.EVENTS_TABLE, core: values.EVENTS_CORE_TABLE },
        traces: { full: values.TRACES_TABLE },
        observations: { full: values.OBSERVATIONS_TABLE },
        scores: { full: values.SCORES_TABLE },
      },
      exportsDatabase: values.EXPORTS_DATABASE,
      maxMemoryUsage: values.MAX_MEMORY_USAGE,
    },
    encryption: { key: values.ENCRYPTION_KEY, previousKeys: values.ENCRYPTION_KEYS_PREVIOUS },
    installationId: values.INSTALLATION_ID,
    sinks: { baseUrl: values.LANGFUSE_BASE_URL, mixpanelUrl: values.MIXPANEL_URL },
    destinations: {
      allowPrivateNetworks: values.ALLOW_PRIVATE_NETWORKS,
      allowedHosts: values.ALLOWED_HOSTS,
      allowHttp: values.ALLOW_HTTP,
      workerRoleAllowed: values.WORKER_ROLE_ALLOWED,
    },
    queues: {
      name: values.TASK_QUEUE,
      main: values.QUEUE_CONSUMER_EXPORTS_QUEUE_IS_ENABLED,
      objectStore: values.QUEUE_CONSUMER_BLOB_STORAGE_INTEGRATION_QUEUE_IS_ENABLED,
      posthog: values.QUEUE_CONSUMER_POSTHOG_INTEGRATION_QUEUE_IS_ENABLED,
      mixpanel: values.QUEUE_CONSUMER_MIXPANEL_INTEGRATION_QUEUE_IS_ENABLED,
      batch: values.QUEUE_CONSUMER_BATCH_EXPORT_QUEUE_IS_ENABLED,
      concurrentStreams: values.CONCURRENT_STREAMS,
    },
    workflowBundle: values.WORKFLOW_BUNDLE,
    versioning: deploymentName === undefined || buildId === undefined ? undefined : { deploymentName, buildId },
    mail: connectionUrl === undefined || from === undefined ? undefined : { connectionUrl, from },
    consoleUrl: values.CONSOLE_URL,
    downloads: downloadStorageOf(values),
    ports: { bindAddress: values.BIND_ADDRESS, metrics: values.METRICS_PORT, health: values.HEALTH_PORT },
    logLevel: values.LOG_LEVEL,
  };
}

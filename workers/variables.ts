/** Every environment variable of the worker, with its default and its meaning: the one table. */
import { z } from 'zod';
import { parsePolicyList } from '../activities/destinations/policy.ts';
import { MAIN_QUEUE } from '../shared/activities.ts';
import { DOWNLOAD_VARIABLES } from '../shared/download-storage.ts';
import { createSealer, SealError } from '../shared/sealed.ts';
import { isConsoleUrl, isSender, isSmtpUrl } from './mail-variables.ts';

const flag = z.stringbool({ error: 'must be true or false' }).prefault('false');
const enabled = z.stringbool({ error: 'must be true or false' }).prefault('true');
const identifier = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a plain name: letters, digits and "_"');
const word = z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/, 'must be 1 to 128 of letters, digits and _ . -');
const port = z.coerce
  .number({ error: 'must be a port number' })
  .int('must be a port number')
  .min(1, 'must be a port number')
  .max(65_535, 'must be a port number');
const list = z.string().transform(parsePolicyList).prefault('');

/** Whole numbers with a unit in their name. */
function whole(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.coerce.number({ error }).int(error).min(least, error).max(most, error);
}

/** Keys are judged by the sealer itself, so that both never differ. Its messages never hold a key. */
function key(check: (text: string) => void) {
  return z
    .string()
    .superRefine((text, context) => {
      try {
        check(text);
      } catch (error) {
        if (!(error instanceof SealError)) throw error;
        // The sealer begins with the variable's name, as every line of the report does.
        context.addIssue({ code: 'custom', message: error.message.replace(/^ENCRYPTION_KEY\w* /, '') });
      }
    })
    .prefault('');
}

const anyKey = '0'.repeat(64);

export const VARIABLES = {
  TEMPORAL_ADDRESS: z.string().default('localhost:7233').describe('Temporal server, host:port'),
  TEMPORAL_NAMESPACE: z.string().default('default').describe('Temporal namespace'),
  TEMPORAL_API_KEY: z.string().optional().describe('API key, for Temporal Cloud; turns TLS on'),
  TEMPORAL_TLS: z.stringbool({ error: 'must be true or false' }).optional().describe('Connect with TLS'),
  TEMPORAL_TLS_CA_FILE: z
    .string()
    .optional()
    .describe('PEM file: the authority of the server, if it is not a public one'),
  TEMPORAL_TLS_CERT_FILE: z.string().optional().describe('PEM file: our certificate, for mutual TLS'),
  TEMPORAL_TLS_KEY_FILE: z.string().optional().describe('PEM file: the key of that certificate'),

  CLICKHOUSE_URL: z
    .url({ protocol: /^https?$/, error: 'must be an URL such as http://localhost:8123' })
    .default('http://localhost:8123')
    .describe("ClickHouse's HTTP interface"),
  CLICKHOUSE_USER: z.string().default('default').describe('ClickHouse user'),
  CLICKHOUSE_PASSWORD: z.string().default('').describe('Its password'),
  CLICKHOUSE_DB: identifier.default('default').describe('Database of the events tables'),
  EVENTS_TABLE: identifier.default('events_full').describe('Table with the whole events'),
  EVENTS_CORE_TABLE: identifier
    .default('events_core')
    .describe('The same with texts cut short, read when they are not exported'),
  TRACES_TABLE: identifier.default('traces').describe('Legacy table of traces'),
  OBSERVATIONS_TABLE: identifier.default('observations').describe('Legacy table of observations'),
  SCORES_TABLE: identifier.default('scores').describe('Legacy table of scores'),
  EXPORTS_DATABASE: identifier.default('exports').describe('Database of our own tables; created when missing'),
  MAX_MEMORY_USAGE: whole(50_000_000, 1e12)
    .default(536_870_912)
    .describe('Bytes that one ClickHouse query may use; parts that need more are split'),

  ENCRYPTION_KEY: key((text) => createSealer(text)).describe('64 hexadecimal characters; seals stored secrets'),
  ENCRYPTION_KEYS_PREVIOUS: key((text) => createSealer(anyKey, text)).describe(
    'Earlier keys that still open, separated by commas',
  ),
  INSTALLATION_ID: word
    .optional()
    .describe('Stands in the owner marker of every folder we write to; default: an id kept in the exports database'),

  ALLOW_PRIVATE_NETWORKS: flag.describe('Endpoints of destinations may have private or local addresses'),
  ALLOWED_HOSTS: list.describe('Hosts that may have private addresses, separated by commas'),
  ALLOW_HTTP: flag.describe('Endpoints of destinations may be without TLS'),
  WORKER_ROLE_ALLOWED: list.describe(
    "`bucket` or `bucket/prefix` where the worker's own role may be used, separated by commas",
  ),

  LANGFUSE_BASE_URL: z
    .string()
    .refine(isConsoleUrl, 'must be an URL such as https://langfuse.example.com, without user, query and fragment')
    .optional()
    .describe('Where people open Langfuse; links in events to PostHog and Mixpanel lead there. None without it'),
  MIXPANEL_URL: z
    .url({ protocol: /^https?$/, error: 'must be an URL such as https://mixpanel-proxy.example.com' })
    .optional()
    .describe("Replaces the address of Mixpanel's ingestion, for a proxy"),

  TASK_QUEUE: word.default(MAIN_QUEUE).describe('Name of the main task queue; streaming queues add to it'),
  QUEUE_CONSUMER_EXPORTS_QUEUE_IS_ENABLED: enabled.describe('Run workflows and small activities'),
  QUEUE_CONSUMER_BLOB_STORAGE_INTEGRATION_QUEUE_IS_ENABLED: enabled.describe('Stream to object stores'),
  QUEUE_CONSUMER_POSTHOG_INTEGRATION_QUEUE_IS_ENABLED: enabled.describe('Send events to PostHog'),
  QUEUE_CONSUMER_MIXPANEL_INTEGRATION_QUEUE_IS_ENABLED: enabled.describe('Send events to Mixpanel'),
  QUEUE_CONSUMER_BATCH_EXPORT_QUEUE_IS_ENABLED: enabled.describe('Write the files of batch exports'),
  CONCURRENT_STREAMS: whole(1, 256)
    .default(8)
    .describe('Streams at once per streaming queue; about 8 per GB of memory'),
  WORKFLOW_BUNDLE: z
    .string()
    .optional()
    .describe('File with the bundled workflow code; without it the sources are bundled at start'),
  WORKER_DEPLOYMENT_NAME: word.optional().describe('Turns worker versioning on, together with WORKER_BUILD_ID'),
  WORKER_BUILD_ID: word.optional().describe('Version of this build'),

  ...DOWNLOAD_VARIABLES,

  SMTP_CONNECTION_URL: z
    .string()
    .refine(isSmtpUrl, 'must be like smtps://user:password@host:465, user and password percent-encoded')
    .optional()
    .describe('Mail server for news about batch exports; no mails without it'),
  EMAIL_FROM_ADDRESS: z
    .string()
    .refine(isSender, 'must be an address, or "Name <address>"')
    .optional()
    .describe('Sender of the mails'),
  CONSOLE_URL: z
    .string()
    .refine(isConsoleUrl, 'must be an URL such as https://exports.example.com, without user, query and fragment')
    .optional()
    .describe('Where people open the console; mails link to it'),

  BIND_ADDRESS: z
    .union([z.ipv4(), z.ipv6()], { error: 'must be an IP address' })
    .default('127.0.0.1')
    .describe('Address of metrics and health'),
  METRICS_PORT: port.optional().describe('Prometheus metrics at /metrics; none without it'),
  HEALTH_PORT: port.optional().describe('/live and /ready; none without it'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error'], { error: 'must be trace, debug, info, warn or error' })
    .default('info')
    .describe('debug may show texts of foreign errors, which can quote data'),
} as const;

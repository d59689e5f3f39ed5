/** Hand-made rows of the legacy tables, in the tables' words: a test writes what matters to it, the rest suits any reader. */
import type { ClickHouseClient } from '@clickhouse/client';

/** Epoch ms, or ISO text in UTC with up to three digits. */
type Instant = number | string;

/** What the rows of all three tables have; one object is one version of a row. */
interface LegacyRow {
  id: string;
  /** When it was written: `created_at`, `updated_at` and `event_ts`. Default: its event time. */
  at?: Instant;
  /** Default: `at`. */
  created_at?: Instant;
  /** Default: `at`. */
  updated_at?: Instant;
  /** Default: `at`. */
  event_ts?: Instant;
  environment?: string;
  metadata?: Readonly<Record<string, string>>;
  /** Whether this version says that the row is gone. Default false. */
  deleted?: boolean;
}

/** One version of a trace. Columns that are left out are null, empty or false; the name is `name of <id>`. */
export interface LegacyTrace extends LegacyRow {
  /** Event time. */
  timestamp: Instant;
  name?: string;
  user_id?: string | null;
  session_id?: string | null;
  release?: string | null;
  version?: string | null;
  public?: boolean;
  bookmarked?: boolean;
  tags?: readonly string[];
  input?: string | null;
  output?: string | null;
}

/** One version of an observation: by default a SPAN without an end in the trace `trace of <id>`. */
export interface LegacyObservation extends LegacyRow {
  /** Event time. */
  start_time: Instant;
  trace_id?: string;
  type?: string;
  parent_observation_id?: string | null;
  end_time?: Instant | null;
  completion_start_time?: Instant | null;
  name?: string;
  level?: string;
  status_message?: string | null;
  version?: string | null;
  input?: string | null;
  output?: string | null;
  provided_model_name?: string | null;
  internal_model_id?: string | null;
  /** JSON text. */
  model_parameters?: string | null;
  /** Counts by kind; texts where a number would lose digits. */
  provided_usage_details?: Readonly<Record<string, number | string>>;
  usage_details?: Readonly<Record<string, number | string>>;
  /** US dollars by kind; texts where a number would lose digits. */
  provided_cost_details?: Readonly<Record<string, number | string>>;
  cost_details?: Readonly<Record<string, number | string>>;
  total_cost?: number | string | null;
  usage_pricing_tier_id?: string | null;
  usage_pricing_tier_name?: string | null;
  tool_definitions?: Readonly<Record<string, string>>;
  tool_calls?: readonly string[];
  tool_call_names?: readonly string[];
  prompt_id?: string | null;
  prompt_name?: string | null;
  prompt_version?: number | null;
}

/** One version of a score: by default NUMERIC 0.5 by API, of the trace `trace of <id>`. */
export interface LegacyScore extends LegacyRow {
  /** Event time. */
  timestamp: Instant;
  trace_id?: string | null;
  session_id?: string | null;
  observation_id?: string | null;
  name?: string;
  value?: number;
  source?: string;
  data_type?: string;
  string_value?: string | null;
  long_string_value?: string;
  comment?: string | null;
  author_user_id?: string | null;
  config_id?: string | null;
  queue_id?: string | null;
  dataset_run_id?: string | null;
  execution_trace_id?: string | null;
  ingestion_api_key?: string;
  ingestion_sdk_name?: string;
  ingestion_sdk_version?: string;
}

/** The rows of one project, of any of the three tables. */
export interface LegacyRows {
  traces?: readonly LegacyTrace[];
  observations?: readonly LegacyObservation[];
  scores?: readonly LegacyScore[];
}

/** Writes the rows of a table in one statement; of versions of one row within it the newest stays: call it once for each version to keep all. */
export async function insertLegacyRows(client: ClickHouseClient, projectId: string, rows: LegacyRows): Promise<void> {
  const tables = {
    traces: (rows.traces ?? []).map((row) => trace(projectId, row)),
    observations: (rows.observations ?? []).map((row) => observation(projectId, row)),
    scores: (rows.scores ?? []).map((row) => score(projectId, row)),
  };
  for (const [table, values] of Object.entries(tables)) {
    if (values.length > 0) await client.insert({ table, values, format: 'JSONEachRow' });
  }
}

type Values = Record<string, unknown>;

function trace(projectId: string, { at, deleted, ...row }: LegacyTrace): Values {
  return {
    name: `name of ${row.id}`,
    ...row,
    ...versioned(projectId, { ...row, at: at ?? row.timestamp, deleted }),
    timestamp: instant(row.timestamp),
  };
}

function observation(projectId: string, { at, deleted, ...row }: LegacyObservation): Values {
  return {
    trace_id: `trace of ${row.id}`,
    type: 'SPAN',
    name: `name of ${row.id}`,
    level: 'DEFAULT',
    ...row,
    ...versioned(projectId, { ...row, at: at ?? row.start_time, deleted }),
    start_time: instant(row.start_time),
    end_time: instantOrNull(row.end_time),
    completion_start_time: instantOrNull(row.completion_start_time),
  };
}

function score(projectId: string, { at, deleted, ...row }: LegacyScore): Values {
  return {
    trace_id: `trace of ${row.id}`,
    name: `name of ${row.id}`,
    value: 0.5,
    source: 'API',
    data_type: 'NUMERIC',
    ...row,
    ...versioned(projectId, { ...row, at: at ?? row.timestamp, deleted }),
    timestamp: instant(row.timestamp),
  };
}

interface Version {
  at: Instant;
  created_at?: Instant;
  updated_at?: Instant;
  event_ts?: Instant;
  deleted: boolean | undefined;
}

function versioned(projectId: string, { at, created_at, updated_at, event_ts, deleted }: Version): Values {
  return {
    project_id: projectId,
    created_at: instant(created_at ?? at),
    updated_at: instant(updated_at ?? at),
    event_ts: instant(event_ts ?? at),
    is_deleted: deleted ? 1 : 0,
  };
}

/** As ClickHouse reads it in UTC by default, without a setting for ISO texts. */
function instant(value: Instant): string {
  const text = typeof value === 'number' ? new Date(value).toISOString() : value;
  return text.replace('T', ' ').replace('Z', '');
}

function instantOrNull(value: Instant | null | undefined): string | null {
  return value === null || value === undefined ? null : instant(value);
}

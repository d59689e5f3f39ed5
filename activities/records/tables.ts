/** Our own tables. Every one keeps a retried insert from doubling: the key identifies the fact, and the newest version of it wins. */

const INSTANT = "DateTime64(3, 'UTC')";

/** Outcomes of periods. Revision 0 stands for outcomes without a commit, of which only the newest is kept. */
function periodLedger(database: string): string {
  return `CREATE TABLE IF NOT EXISTS ${database}.period_ledger (
  project_id String,
  integration_id String,
  config_version UInt32,
  axis LowCardinality(String),
  start ${INSTANT},
  end ${INSTANT},
  revision UInt32,
  late LowCardinality(String),
  status LowCardinality(String),
  periods UInt64,
  attempts UInt32,
  rows UInt64,
  bytes UInt64,
  files UInt32,
  rejected UInt64,
  duration_ms UInt64,
  manifest_key String,
  error String,
  at ${INSTANT}
) ENGINE = ReplacingMergeTree(at)
ORDER BY (project_id, integration_id, axis, start, end, late, revision)`;
}

/** The newest sealed state of each integration, from which it starts again when Temporal has lost it. */
function integrationCheckpoints(database: string): string {
  return `CREATE TABLE IF NOT EXISTS ${database}.integration_checkpoints (
  project_id String,
  integration_id String,
  sealed String,
  saved_at ${INSTANT}
) ENGINE = ReplacingMergeTree(saved_at)
ORDER BY (project_id, integration_id)`;
}

/** Who changed what. The whole entry is the key. */
function auditLog(database: string): string {
  return `CREATE TABLE IF NOT EXISTS ${database}.audit_log (
  project_id String,
  integration_id String,
  actor String,
  action LowCardinality(String),
  change String,
  at ${INSTANT}
) ENGINE = ReplacingMergeTree
ORDER BY (project_id, integration_id, at, actor, action, cityHash64(change))`;
}

/** Events that an event sink refused; kept for 90 days. */
function rejectedEvents(database: string): string {
  return `CREATE TABLE IF NOT EXISTS ${database}.rejected_events (
  project_id String,
  integration_id String,
  axis LowCardinality(String),
  period_start ${INSTANT},
  period_end ${INSTANT},
  id String,
  reason LowCardinality(String),
  field String,
  message String,
  at ${INSTANT}
) ENGINE = ReplacingMergeTree(at)
ORDER BY (project_id, integration_id, axis, period_start, period_end, id, reason, field)
TTL toDateTime(at) + INTERVAL 90 DAY`;
}

/**
 * What is needed to read a refused row again, and when it was accepted after all. An id alone does not tell rows apart: a trace and its
 * root observation may have the same one. (Only columns that the same statement adds, without defaults, may join the key.)
 */
function rejectedEventsForReplay(database: string): string {
  return `ALTER TABLE ${database}.rejected_events
  ADD COLUMN IF NOT EXISTS source LowCardinality(String),
  ADD COLUMN IF NOT EXISTS event_time DateTime64(6, 'UTC'),
  ADD COLUMN IF NOT EXISTS revision UInt32,
  ADD COLUMN IF NOT EXISTS resolved_at ${INSTANT} DEFAULT toDateTime64(0, 3, 'UTC'),
  MODIFY ORDER BY (project_id, integration_id, axis, period_start, period_end, id, reason, field, source, event_time)`;
}

/** Keys of the rows that live periods have read, for the late sweep; repeated keys do no harm. Sweeps end after 96 hours at most. */
function delivered(database: string): string {
  return `CREATE TABLE IF NOT EXISTS ${database}.delivered (
  project_id String,
  integration_id String,
  period_start DateTime64(3),
  found_by LowCardinality(String),
  key UInt64,
  inserted_at DateTime DEFAULT now()
) ENGINE = MergeTree
ORDER BY (project_id, integration_id, period_start, key)
TTL inserted_at + INTERVAL 5 DAY`;
}

/** Objects that a newer revision replaced. `place` is the bucket, so that a changed destination does not look for them elsewhere. */
function supersededObjects(database: string): string {
  return `CREATE TABLE IF NOT EXISTS ${database}.superseded_objects (
  project_id String,
  integration_id String,
  place String,
  key String,
  manifest_key String,
  remove_after ${INSTANT},
  removed_at ${INSTANT} DEFAULT toDateTime64(0, 3, 'UTC'),
  changed_at ${INSTANT}
) ENGINE = ReplacingMergeTree(changed_at)
ORDER BY (project_id, integration_id, place, key)
TTL toDateTime(removed_at) + INTERVAL 30 DAY DELETE WHERE removed_at > toDateTime64(0, 3, 'UTC')`;
}

/** Who we are, for the owner markers: the oldest row counts. */
function installation(database: string): string {
  return `CREATE TABLE IF NOT EXISTS ${database}.installation (
  id String,
  created_at DateTime64(6, 'UTC') DEFAULT now64(6)
) ENGINE = ReplacingMergeTree
ORDER BY (created_at, id)`;
}

/** Files that people asked for. Temporal forgets them after its retention. */
function batchExports(database: string): string {
  return `CREATE TABLE IF NOT EXISTS ${database}.batch_exports (
  project_id String,
  export_id String,
  status LowCardinality(String),
  actor String,
  request String,
  clicked_at ${INSTANT},
  planned_rows UInt64,
  rows UInt64,
  bytes UInt64,
  uncompressed_bytes UInt64,
  sha256 String,
  key String,
  truncated_at UInt64,
  query_id String,
  failure LowCardinality(String),
  message String,
  expires_at ${INSTANT},
  duration_ms UInt64,
  at ${INSTANT}
) ENGINE = ReplacingMergeTree(at)
ORDER BY (project_id, export_id)`;
}

/** One statement, applied once in the order of the list. Steps are only ever appended, and may run twice (two workers start at once). */
export interface MigrationStep {
  name: string;
  statement: (database: string) => string;
}

export const MIGRATION_STEPS: readonly MigrationStep[] = [
  { name: 'period_ledger', statement: periodLedger },
  { name: 'integration_checkpoints', statement: integrationCheckpoints },
  { name: 'audit_log', statement: auditLog },
  { name: 'rejected_events', statement: rejectedEvents },
  { name: 'delivered', statement: delivered },
  { name: 'superseded_objects', statement: supersededObjects },
  { name: 'installation', statement: installation },
  { name: 'batch_exports', statement: batchExports },
  { name: 'rejected_events_for_replay', statement: rejectedEventsForReplay },
];

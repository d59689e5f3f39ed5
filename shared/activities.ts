/**
 * The contract between workflows and activities: plain JSON, instants as ISO text so that they can be read in the Temporal UI.
 * Rows never travel through here; activities stream them.
 */
import { type Destination, type EventSinkDestination, isEventSink } from './config/destination.ts';
import type { IntegrationConfig } from './config/integration.ts';
import type { Failure } from './failures.ts';
import type { Axis } from './period.ts';
import type { RejectedPage, ReplayResult } from './rejected.ts';
import type { SourceName } from './sources/catalog.ts';

/** The queue of workflows and small activities. */
export const MAIN_QUEUE = 'exports';

/** Classes of streaming work: files of integrations, files of batch exports, events to a vendor. Each has a queue of its own. */
export type StreamingWork = 'blob' | 'batch' | EventSinkDestination['kind'];

/** The streaming queue of a class of work, beside a main queue: `exports-blob`, `exports-posthog`. */
export function streamingQueue(mainQueue: string, work: StreamingWork): string {
  return `${mainQueue}-${work}`;
}

/** The class of an integration's work. */
export function streamingWorkOf(destination: Destination): StreamingWork {
  return isEventSink(destination) ? destination.kind : 'blob';
}

/** What every activity must know about the integration it works for. Secrets inside are sealed. */
export interface Job {
  projectId: string;
  integrationId: string;
  configVersion: number;
  config: IntegrationConfig;
}

/** Which rows belong to a period. ISO instants, half-open. The newest version of a row decides, after de-duplication. */
export interface Window {
  axis: Axis;
  start: string;
  end: string;
  /** Event axis: only rows with `updated_at` before this. */
  updatedBefore?: string;
  /** Updated axis: only rows with an event time from this on. */
  eventFrom?: string;
  /** Event axis, the last period of a backfill: `end` names it, but rows with any later event time belong to it. */
  open?: true;
  /** With `open`: rows dated before 1970-01-02 belong to it too (full history). */
  beforeEpoch?: true;
  /** Updated axis: only the rows that a late sweep at this many hours found missing. */
  late?: number;
}

/** Rows by event time. */
export type Slice =
  /** Event time in `[from, to)`. */
  | { kind: 'range'; from: string; to: string }
  /** `toStartOfMinute(event time)` in one of the half-open runs of minute numbers (epoch seconds / 60, as ClickHouse wraps them). */
  | { kind: 'minutes'; runs: Array<[from: number, to: number]> }
  /** Event times outside [1970-01-02, 2106-01-01), where the primary key cannot be trusted. */
  | { kind: 'outside' };

/** What one activity streams into one object. */
export interface Part {
  /** `p0003`, split: `p0003-0`. Part of the object's name. */
  name: string;
  source: SourceName;
  slice: Slice;
  /** Half-open range of `xxHash32(trace_id)`, when a slice of one minute was still too large. */
  hash?: [from: number, to: number];
  /** Expected rows and bytes, from the planning query. */
  rows: number;
  bytes: number;
}

export interface PeriodPlan {
  window: Window;
  /** The revision that this plan will commit: last committed + 1. */
  revision: number;
  rows: number;
  bytes: number;
  parts: Part[];
}

/** One delivered part. `key` is absent when the part turned out to hold no row (then no object exists). */
export interface PartResult {
  part: string;
  source: SourceName;
  key?: string;
  rows: number;
  /** Bytes of the object, and of the rows before compression. */
  bytes: number;
  uncompressedBytes: number;
  sha256: string;
  minEventTime?: string;
  maxEventTime?: string;
  countBefore: number;
  countAfter: number;
  queryId: string;
  attempt: number;
  /** Event sinks: rows that were refused and are listed; `rows` are those accepted. */
  rejected?: number;
}

/** A committed period. */
export interface PeriodResult {
  window: Window;
  revision: number;
  rows: number;
  bytes: number;
  uncompressedBytes: number;
  files: number;
  rejected: number;
  manifestKey: string;
  /** Weight of the lightest part (`weightOf`) that ClickHouse could not deliver in one query. */
  tooLargeBytes?: number;
}

export interface LedgerRow {
  projectId: string;
  integrationId: string;
  configVersion: number;
  axis: Axis;
  start: string;
  end: string;
  /** 0 for outcomes without a commit (failed, skipped). */
  revision: number;
  /** '' or the hours of the sweep. */
  late: string;
  status: 'done' | 'failed' | 'skipped';
  periods: number;
  attempts: number;
  rows: number;
  bytes: number;
  files: number;
  rejected: number;
  /** Milliseconds from the period's start of work to its outcome. */
  durationMs: number;
  manifestKey: string;
  error: string;
  at: string;
}

export interface AuditEntry {
  projectId: string;
  integrationId: string;
  actor: string;
  action: string;
  /** JSON with `before` and `after` of what changed; secrets redacted. */
  change: string;
  at: string;
}

/** One step of a destination's test. */
export interface ProbeStep {
  /** Files: write … delete. Events: `key` checks the credentials, `send` a dry batch. */
  step: 'resolve' | 'connect' | 'write' | 'read' | 'list' | 'delete' | 'key' | 'send';
  ok: boolean;
  failure?: Failure;
  milliseconds: number;
}

export interface HistoryOverview {
  /** Smallest event time inside [1970-01-02, 2106-01-01), absent when there is no such row. */
  earliest?: string;
  rows: number;
  /** Rows whose event time lies outside. */
  outside: number;
  /** ClickHouse's clock. */
  sourceNow: string;
}

/** Equal steps from `anchor` (epoch ms, may be before `from`): period n is `[anchor + n × length, … + length)`. */
export interface SpanQuery {
  job: Job;
  axis: Axis;
  from: string;
  to: string;
  anchorMs: number;
  lengthMs: number;
  updatedBefore?: string;
  eventFrom?: string;
  /** The span ends an open backfill: later and outside rows count to its last period. */
  open?: true;
  beforeEpoch?: true;
}

export interface SpanCounts {
  /** Periods with rows: index of the period counted from `anchor`, and rows (versions not yet merged may count twice). */
  periods: Array<[index: number, rows: number]>;
  sourceNow: string;
}

export interface Activities {
  /** Rows of the whole history with `updated_at` before the border. */
  surveyHistory(input: { job: Job; updatedBefore: string; eventFrom?: string }): Promise<HistoryOverview>;
  /** Rows per period of a span, without FINAL: zero means zero. Fails with SourceOverloaded when a replica lags by more than half the settle time. */
  planSpan(input: SpanQuery): Promise<SpanCounts>;
  /** As `planSpan`, counting rows that no period delivered so far. */
  findLateRows(input: SpanQuery & { late: number }): Promise<SpanCounts>;
  planPeriod(input: { job: Job; window: Window; targetPartBytes: number }): Promise<PeriodPlan>;
  /** `leftover`: part names that an earlier attempt at the period may have written. */
  exportPart(input: {
    job: Job;
    plan: Omit<PeriodPlan, 'parts'>;
    part: Part;
    leftover?: string[];
  }): Promise<PartResult>;
  commitPeriod(input: {
    job: Job;
    plan: Omit<PeriodPlan, 'parts'>;
    results: PartResult[];
    leftover: string[];
  }): Promise<PeriodResult>;
  /** Plan, export and commit in one; hands the plan back when it has more than one part or one large part. */
  exportSmallPeriod(input: {
    job: Job;
    window: Window;
    targetPartBytes: number;
    leftover: string[];
  }): Promise<{ kind: 'committed'; result: PeriodResult } | { kind: 'planned'; plan: PeriodPlan }>;
  /**
   * One manifest for a run of periods without rows. `formerly`: the periods (bounds at `anchorMs + n × lengthMs`) were exported before;
   * those that had rows then get an empty revision of their own, else their old manifests would still stand.
   */
  commitEmptyRun(input: {
    job: Job;
    window: Window;
    periods: number;
    formerly?: { anchorMs: number; lengthMs: number };
  }): Promise<PeriodResult>;
  /** Deletes the objects of parts that will not be committed. */
  discardParts(input: { job: Job; plan: Omit<PeriodPlan, 'parts'>; parts: string[] }): Promise<void>;
  /** Deletes objects whose replacement was committed more than a day ago. Returns how many are still waiting. */
  removeSuperseded(input: { job: Job }): Promise<{ removed: number; waiting: number }>;
  /** Puts the owner marker; ConfigInvalid when the folder belongs to another integration. */
  claimDestination(input: { job: Job }): Promise<void>;
  /** Throws what would stop an export: the destination's or the source's fault. */
  probe(input: { job: Job }): Promise<void>;
  testDestination(input: { projectId: string; integrationId: string; config: IntegrationConfig }): Promise<ProbeStep[]>;
  /** Rows that the event sink refused and that are not settled, oldest period first. `after`: `next` of the page before. */
  listRejected(input: {
    projectId: string;
    integrationId: string;
    limit: number;
    after?: string;
    reason?: string;
  }): Promise<RejectedPage>;
  /**
   * Reads some rejected rows again by id, maps them with the present configuration and sends them. `reason`: only those rejected for it.
   * `next` is where another call goes on; absent when there are no more.
   */
  replayRejected(input: { job: Job; reason?: string; after?: string }): Promise<ReplayResult & { next?: string }>;
  recordLedger(rows: LedgerRow[]): Promise<void>;
  recordAudit(entries: AuditEntry[]): Promise<void>;
  /**
   * The state is sealed as a whole before it is stored. `resealed`: secrets of its configuration that were sealed with a previous key,
   * and what they are under the present one.
   */
  saveCheckpoint(input: {
    projectId: string;
    integrationId: string;
    state: { config: IntegrationConfig };
  }): Promise<{ resealed: Array<[before: string, after: string]> }>;
  loadCheckpoint(input: { projectId: string; integrationId: string }): Promise<unknown>;
}

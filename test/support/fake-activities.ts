/** Activities over rows in memory, for tests of workflows alone: what was committed can be compared with what there was. */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type {
  Activities,
  AuditEntry,
  LedgerRow,
  PartResult,
  PeriodPlan,
  PeriodResult,
  SpanCounts,
  SpanQuery,
  Window,
} from '../../shared/activities.ts';
import { FAILURES, type FailureType } from '../../shared/failures.ts';

export interface FakeRow {
  id: string;
  event: number;
  updated: number;
  /** Epoch ms from which queries see it. */
  visibleFrom?: number;
}

export interface Commit {
  window: Window;
  revision: number;
  ids: string[];
  configVersion: number;
  periods: number;
}

export interface FakeWorld {
  rows: FakeRow[];
  /** By window: the newest commit, as the manifest would say. */
  commits: Map<string, Commit>;
  /** Every commit in order. */
  log: Commit[];
  ledger: LedgerRow[];
  audit: AuditEntry[];
  checkpoints: unknown[];
  /** Fails the reading of the checkpoint. */
  failCheckpoint: () => FailureType | undefined;
  probes: number;
  claims: number;
  calls: Record<string, number>;
  /** Rows registered as delivered by live windows. */
  delivered: Set<string>;
  /** Fails the export of a window. */
  fail: (window: Window, configVersion: number) => FailureType | undefined;
  failProbe: () => FailureType | undefined;
  failPlanning: () => FailureType | undefined;
  /** Waits inside an export; the activity heartbeats meanwhile and can be cancelled. */
  delayMs: number;
  /** The same by configuration; goes before `delayMs`. */
  delayOf?: (configVersion: number) => number;
  activities: Activities;
}

export function fakeFailure(type: FailureType): ApplicationFailure {
  const message = `fake ${type}`;
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: !FAILURES[type].retryable,
    details: [{ type, message, remedy: 'none' }],
  });
}

const keyOf = (window: Window) => `${window.axis} ${window.start} ${window.end} ${window.late ?? ''}`;

export function createFakeWorld(rows: FakeRow[] = []): FakeWorld {
  const world: FakeWorld = {
    rows,
    commits: new Map(),
    log: [],
    ledger: [],
    audit: [],
    checkpoints: [],
    failCheckpoint: () => undefined,
    probes: 0,
    claims: 0,
    calls: {},
    delivered: new Set(),
    fail: () => undefined,
    failProbe: () => undefined,
    failPlanning: () => undefined,
    delayMs: 0,
    activities: {} as Activities,
  };

  const visible = () => world.rows.filter((row) => (row.visibleFrom ?? 0) <= Date.now());
  const throwIf = (type: FailureType | undefined) => {
    if (type !== undefined) throw fakeFailure(type);
  };

  const inWindow = (window: Window): FakeRow[] =>
    visible().filter((row) => {
      const start = Date.parse(window.start);
      const end = Date.parse(window.end);
      if (window.axis === 'updated') {
        const within =
          row.updated >= start &&
          row.updated < end &&
          row.event >= Date.parse(window.eventFrom ?? '0001-01-01T00:00:00Z');
        return within && (window.late === undefined || !world.delivered.has(row.id));
      }
      const within =
        (row.event >= start && (row.event < end || window.open === true)) ||
        (window.beforeEpoch === true && row.event < 86_400_000);
      return within && (window.updatedBefore === undefined || row.updated < Date.parse(window.updatedBefore));
    });

  const commit = (window: Window, configVersion: number, periods: number): PeriodResult => {
    const found = inWindow(window);
    if (window.axis === 'updated') for (const row of found) world.delivered.add(row.id);
    const revision = (world.commits.get(keyOf(window))?.revision ?? 0) + 1;
    const entry = { window, revision, ids: found.map(({ id }) => id), configVersion, periods };
    world.commits.set(keyOf(window), entry);
    world.log.push(entry);
    const files = found.length > 0 ? 1 : 0;
    return {
      window,
      revision,
      rows: found.length,
      bytes: found.length * 100,
      uncompressedBytes: found.length * 1000,
      files,
      rejected: 0,
      manifestKey: keyOf(window),
    };
  };

  const work = async (window: Window, configVersion: number): Promise<void> => {
    const context = Context.current();
    for (let waited = 0; waited < (world.delayOf?.(configVersion) ?? world.delayMs); waited += 20) {
      context.heartbeat();
      await context.sleep(20);
    }
    throwIf(world.fail(window, configVersion));
  };

  const span = (query: SpanQuery & { late?: number }): SpanCounts => {
    throwIf(world.failPlanning());
    const { axis, from, to, anchorMs, lengthMs } = query;
    const window: Window = { axis, start: from, end: to };
    if (query.updatedBefore !== undefined) window.updatedBefore = query.updatedBefore;
    if (query.eventFrom !== undefined) window.eventFrom = query.eventFrom;
    if (query.open) window.open = true;
    if (query.beforeEpoch) window.beforeEpoch = true;
    if (query.late !== undefined) window.late = query.late;
    const counts = new Map<number, number>();
    const last = Math.floor((Date.parse(to) - 1 - anchorMs) / lengthMs);
    for (const row of inWindow(window)) {
      const time = axis === 'event' ? row.event : row.updated;
      const outside = axis === 'event' && (time >= Date.parse(to) || time < Date.parse(from));
      const index = outside ? last : Math.floor((time - anchorMs) / lengthMs);
      counts.set(index, (counts.get(index) ?? 0) + 1);
    }
    return { periods: [...counts].sort(([a], [b]) => a - b), sourceNow: new Date().toISOString() };
  };

  const plain: Activities = {
    async surveyHistory({ updatedBefore, eventFrom }) {
      const wanted = visible().filter(
        (row) =>
          row.updated < Date.parse(updatedBefore) && row.event >= Date.parse(eventFrom ?? '0001-01-01T00:00:00Z'),
      );
      const inside = wanted.filter((row) => row.event >= 86_400_000 && row.event < Date.UTC(2106, 0, 1));
      const earliest = Math.min(...inside.map((row) => row.event));
      return {
        rows: inside.length,
        outside: wanted.length - inside.length,
        sourceNow: new Date().toISOString(),
        ...(inside.length > 0 ? { earliest: new Date(earliest).toISOString() } : {}),
      };
    },
    planSpan: async (query) => span(query),
    findLateRows: async (query) => span(query),
    async planPeriod({ window }): Promise<PeriodPlan> {
      const { length } = inWindow(window);
      const slice = { kind: 'range', from: window.start, to: window.end } as const;
      const part = { name: 'p0000', source: 'events', slice, rows: length, bytes: length * 1000 } as const;
      return { window, revision: 1, rows: length, bytes: length * 1000, parts: [part] };
    },
    async exportPart({ job, plan, part }): Promise<PartResult> {
      await work(plan.window, job.configVersion);
      const empty = { bytes: 0, uncompressedBytes: 0, sha256: '', queryId: '', attempt: 1 };
      return {
        part: part.name,
        source: 'events',
        key: part.name,
        rows: part.rows,
        countBefore: part.rows,
        countAfter: part.rows,
        ...empty,
      };
    },
    commitPeriod: async ({ job, plan }) => commit(plan.window, job.configVersion, 1),
    async exportSmallPeriod({ job, window }) {
      await work(window, job.configVersion);
      return { kind: 'committed', result: commit(window, job.configVersion, 1) };
    },
    commitEmptyRun: async ({ job, window, periods }) => commit(window, job.configVersion, periods),
    discardParts: async () => undefined,
    removeSuperseded: async () => ({ removed: 0, waiting: 0 }),
    async claimDestination() {
      world.claims += 1;
      throwIf(world.failProbe());
    },
    async probe() {
      world.probes += 1;
      throwIf(world.failProbe());
    },
    testDestination: async () => [{ step: 'connect', ok: true, milliseconds: 1 }],
    listRejected: async () => ({ entries: [] }),
    replayRejected: async () => ({ tried: 0, accepted: 0, rejected: 0, gone: 0 }),
    async recordLedger(entries) {
      world.ledger.push(...entries);
    },
    async recordAudit(entries) {
      world.audit.push(...entries);
    },
    async saveCheckpoint({ state }) {
      world.checkpoints.push(structuredClone(state));
      return { resealed: [] };
    },
    async loadCheckpoint() {
      throwIf(world.failCheckpoint());
      return world.checkpoints.at(-1) ?? null;
    },
  };
  world.activities = counted(plain, world.calls);
  return world;
}

/** Counts how often each activity is called. */
function counted(activities: Activities, calls: Record<string, number>): Activities {
  return new Proxy(activities, {
    get(target, name, receiver) {
      const activity: unknown = Reflect.get(target, name, receiver);
      if (typeof activity !== 'function') return activity;
      return (...args: unknown[]) => {
        calls[String(name)] = (calls[String(name)] ?? 0) + 1;
        return Reflect.apply(activity, target, args);
      };
    },
  });
}

/** The rows in the newest commit of every window. */
export function committedIds(world: FakeWorld): string[] {
  return [...world.commits.values()].flatMap(({ ids }) => ids).sort();
}

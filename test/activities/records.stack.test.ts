import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readInstallationId } from '../../activities/records/installation.ts';
import { migrate } from '../../activities/records/migrate.ts';
import { insertRejected, listRejected, resolveRevisions } from '../../activities/records/rejected.ts';
import type { AuditEntry, LedgerRow } from '../../shared/activities.ts';
import { mapSecrets, secretsOf } from '../../shared/config/secrets.ts';
import type { RejectedEntry } from '../../shared/rejected.ts';
import { createSealer } from '../../shared/sealed.ts';
import { failureOf, runActivity } from './run-activity.ts';
import { createSetting, type Setting } from './setting.ts';

let setting: Setting;
beforeAll(async () => {
  setting = await createSetting();
});
afterAll(() => setting.cleanup());

function ledgerRow(overrides: Partial<LedgerRow> = {}): LedgerRow {
  return {
    projectId: setting.world.projectId,
    integrationId: 'one',
    configVersion: 1,
    axis: 'event',
    start: '2026-03-01T00:00:00.000Z',
    end: '2026-03-02T00:00:00.000Z',
    revision: 1,
    late: '',
    status: 'done',
    periods: 1,
    attempts: 1,
    rows: 2 ** 40,
    bytes: 10,
    files: 1,
    rejected: 0,
    durationMs: 12.5,
    manifestKey: 'm',
    error: '',
    at: '2026-03-02T00:00:01.123Z',
    ...overrides,
  };
}

test('the same ledger rows again change nothing; a newer outcome of a period replaces the older', async () => {
  const failed = ledgerRow({ revision: 0, status: 'failed', error: 'first', at: '2026-03-02T00:00:00.000Z' });
  for (let time = 0; time < 2; time += 1) {
    await runActivity(() => setting.activities.recordLedger([ledgerRow(), failed]));
  }
  const newer = { ...failed, error: 'second', at: '2026-03-02T00:05:00.000Z' };
  await runActivity(() => setting.activities.recordLedger([newer]));
  const rows = await setting.rows(
    'SELECT revision, status, toString(rows) AS rows, error, toString(at) AS at FROM period_ledger FINAL ORDER BY revision',
  );
  expect(rows).toEqual([
    { revision: 0, status: 'failed', rows: String(2 ** 40), error: 'second', at: '2026-03-02 00:05:00.000' },
    { revision: 1, status: 'done', rows: String(2 ** 40), error: '', at: '2026-03-02 00:00:01.123' },
  ]);
});

test('the same audit entry again changes nothing', async () => {
  const entry: AuditEntry = {
    projectId: setting.world.projectId,
    integrationId: 'one',
    actor: 'user:1',
    action: 'pause',
    change: '{"reason":"it\'s \\"late\\""}',
    at: '2026-03-02T00:00:00.000Z',
  };
  await runActivity(() => setting.activities.recordAudit([entry, { ...entry, action: 'resume' }]));
  await runActivity(() => setting.activities.recordAudit([entry]));
  const rows = await setting.rows('SELECT action, change FROM audit_log FINAL ORDER BY action');
  expect(rows).toEqual([
    { action: 'pause', change: entry.change },
    { action: 'resume', change: entry.change },
  ]);
});

test('nothing to record is no statement', async () => {
  await runActivity(() => setting.activities.recordLedger([]));
  await runActivity(() => setting.activities.recordAudit([]));
});

test('a checkpoint comes back as it was, newest first, and its text is not in the table', async () => {
  const scope = { projectId: setting.world.projectId, integrationId: 'one' };
  expect(await runActivity(() => setting.activities.loadCheckpoint(scope))).toBeUndefined();
  const { config } = setting.job();
  const state = { config, cursor: 1_772_323_200_000, note: 'plain-text-of-the-state', holes: [{ start: 1 }] };
  const older = { ...state, note: 'older' };
  const at = (now: number) => setting.activitiesWith({ clock: () => now });
  await runActivity(() => at(2_000).saveCheckpoint({ ...scope, state }));
  await runActivity(() => at(1_000).saveCheckpoint({ ...scope, state: older }));
  expect(await runActivity(() => setting.activities.loadCheckpoint(scope))).toEqual(state);
  const stored = await setting.rows('SELECT * FROM integration_checkpoints');
  expect(JSON.stringify(stored)).not.toContain('plain-text');
  expect(stored).toHaveLength(2);
});

test('secrets of a previous key come back sealed with the present one, and only those', async () => {
  const scope = { projectId: setting.world.projectId, integrationId: 'rotated' };
  const [before, after] = ['a'.repeat(64), 'b'.repeat(64)];
  const config = mapSecrets(setting.job().config, () => createSealer(before).seal('the secret', scope));
  const rotating = setting.activitiesWith({ sealer: createSealer(after, before) });
  const { resealed } = await runActivity(() => rotating.saveCheckpoint({ ...scope, state: { config } }));
  const anew = new Map(resealed);
  const present = mapSecrets(config, (secret) => anew.get(secret) ?? secret);
  for (const secret of secretsOf(present).values()) expect(createSealer(after).open(secret, scope)).toBe('the secret');
  const again = await runActivity(() => rotating.saveCheckpoint({ ...scope, state: { config: present } }));
  expect(again.resealed).toEqual([]);
});

test('a checkpoint that was altered, or sealed for another integration, is ConfigInvalid', async () => {
  const scope = { projectId: setting.world.projectId, integrationId: 'victim' };
  await setting.command(
    `INSERT INTO integration_checkpoints SELECT project_id, 'victim', sealed, saved_at FROM integration_checkpoints`,
  );
  const failure = await failureOf(runActivity(() => setting.activities.loadCheckpoint(scope)));
  expect(failure).toMatchObject({ type: 'ConfigInvalid', nonRetryable: true });
});

describe('rejected rows', () => {
  const scope = () => ({ projectId: setting.world.projectId, integrationId: `rejected-${crypto.randomUUID()}` });
  const entry = (id: string, changes: Partial<RejectedEntry> = {}): RejectedEntry => ({
    axis: 'event',
    periodStart: '2026-03-01T00:00:00.000Z',
    periodEnd: '2026-03-02T00:00:00.000Z',
    source: 'events',
    id,
    eventTime: '2026-03-01T10:00:00.123456Z',
    revision: 1,
    reason: 'time_in_future',
    field: 'time',
    message: 'too far ahead',
    // Recent: the table forgets after 90 days.
    at: new Date().toISOString(),
    ...changes,
  });

  test('are kept once, and read as they were written', async () => {
    const { records } = setting.dependencies;
    const own = scope();
    const entries = [entry('row-1'), entry('row-2', { source: 'scores', eventTime: '2026-03-01T10:00:00.000000Z' })];
    await insertRejected(records, own, entries);
    await insertRejected(records, own, entries);
    expect(await listRejected(records, own, { limit: 10 })).toEqual({ entries });
    expect(await listRejected(records, scope(), { limit: 10 })).toEqual({ entries: [] });
  });

  test('come page by page, oldest period first, and by reason', async () => {
    const { records } = setting.dependencies;
    const own = scope();
    const later = { periodStart: '2026-03-02T00:00:00.000Z', periodEnd: '2026-03-03T00:00:00.000Z' };
    const entries = [
      ...['a', 'b', "c'; DROP"].map((id) => entry(id)),
      ...['a', 'd'].map((id) => entry(id, { ...later, reason: 'refused' })),
    ];
    await insertRejected(records, own, entries.toReversed());
    const found: RejectedEntry[] = [];
    let after: string | undefined;
    let pages = 0;
    do {
      const page = await listRejected(records, own, { limit: 2, after });
      found.push(...page.entries);
      after = page.next;
      pages += 1;
    } while (after !== undefined);
    expect(found).toEqual(entries);
    expect(pages).toBe(3);
    const refused = await listRejected(records, own, { limit: 10, reason: 'refused' });
    expect(refused.entries.map(({ id }) => id)).toEqual(['a', 'd']);
  });

  test('are settled one by one, and by a newer revision of their period', async () => {
    const { records } = setting.dependencies;
    const own = scope();
    const later = { periodStart: '2026-03-02T00:00:00.000Z', periodEnd: '2026-03-03T00:00:00.000Z' };
    await insertRejected(records, own, [entry('a'), entry('b'), entry('c', later)]);
    const idsLeft = async () => (await listRejected(records, own, { limit: 10 })).entries.map(({ id }) => id);
    await insertRejected(records, own, [entry('a', { at: new Date().toISOString() })], {
      resolvedAt: new Date().toISOString(),
    });
    expect(await idsLeft()).toEqual(['b', 'c']);
    await insertRejected(records, own, [entry('d', { revision: 2 })]);
    const { axis, periodStart, periodEnd } = entry('');
    await resolveRevisions(records, { ...own, axis, periodStart, periodEnd }, [0, 1], new Date().toISOString());
    expect(await idsLeft()).toEqual(['d', 'c']);
  });
});

test('migrations run once, also when two workers start together', async () => {
  const { client, database } = setting.world.clickhouse;
  expect(await migrate(client, database)).toEqual([]);
  const other = `${database}_b`;
  try {
    const [first] = await Promise.all([migrate(client, other), migrate(client, other)]);
    expect(first).toContain('period_ledger');
    expect(await migrate(client, other)).toEqual([]);
    const tables = await setting.rows(`SELECT name FROM system.tables WHERE database = '${other}' ORDER BY name`);
    expect(tables.map(({ name }) => name)).toEqual([
      'audit_log',
      'batch_exports',
      'delivered',
      'installation',
      'integration_checkpoints',
      'period_ledger',
      'rejected_events',
      'schema_migrations',
      'superseded_objects',
    ]);
  } finally {
    await setting.command(`DROP DATABASE IF EXISTS ${other}`);
  }
});

test('an installation keeps its id, the same for workers that start together', async () => {
  const { records } = setting.dependencies;
  const [first, second] = await Promise.all([readInstallationId(records), readInstallationId(records)]);
  expect(first).toBe(second);
  expect(await readInstallationId(records)).toBe(first);
});

import { CancellationScope } from '@temporalio/workflow';
import { mapSecrets } from '../../shared/config/secrets.ts';
import { iso } from '../../shared/period.ts';
import { small } from '../activity-options.ts';
import type { Entity } from './entity.ts';

/** So many ledger rows may wait; more, and nothing new is started until they are stored. */
export const MOST_WAITING = 500;
/** Tries of one insert; what could not be stored stays in the state and is tried again after the next cycle. */
const ATTEMPTS = 5;

/**
 * Stores what the audit log and the ledger are owed. Nothing is lost: rows leave the state only once they are stored.
 * @returns false when they could not be stored now; never throws
 */
export async function flushRecords({ state }: Entity): Promise<boolean> {
  const control = small({ attempts: ATTEMPTS });
  try {
    while (state.audit.length > 0) {
      const entries = state.audit.slice(0, 100);
      await control.recordAudit(entries);
      state.audit.splice(0, entries.length);
    }
    while (state.ledger.length > 0) {
      const rows = state.ledger.slice(0, 200);
      await control.recordLedger(rows);
      state.ledger.splice(0, rows.length);
    }
    return true;
  } catch {
    // ClickHouse is not reachable or refuses the insert; the failing export itself tells people so.
    return false;
  }
}

/**
 * Keeps a sealed copy of the state outside Temporal, from which a new workflow can go on; secrets that were sealed with a previous key
 * come back sealed with the present one. Never throws.
 */
export async function saveCheckpoint({ projectId, integrationId, state }: Entity): Promise<void> {
  try {
    const { resealed } = await small({ attempts: ATTEMPTS }).saveCheckpoint({ projectId, integrationId, state });
    if (resealed.length === 0) return;
    const anew = new Map(resealed);
    state.config = mapSecrets(state.config, (secret) => anew.get(secret) ?? secret);
  } catch {
    // The next cycle saves it again.
  }
}

/** The state that an earlier life saved last; null or undefined when there is none. */
export function loadCheckpoint({ projectId, integrationId }: Entity): Promise<unknown> {
  return small({ attempts: ATTEMPTS }).loadCheckpoint({ projectId, integrationId });
}

/** Last words of an integration that is being deleted. */
export async function saveLast(entity: Entity): Promise<void> {
  const { projectId, integrationId, state } = entity;
  // The workflow does not learn who cancelled it; the reason of the cancel request in its history says so.
  state.audit.push({
    projectId,
    integrationId,
    actor: 'see the cancel request',
    action: 'delete',
    change: '{}',
    at: iso(Date.now()),
  });
  await CancellationScope.nonCancellable(async () => {
    await flushRecords(entity);
    await saveCheckpoint(entity);
  });
}

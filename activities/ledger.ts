import type { Activities } from '../shared/activities.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { insertLedger } from './records/ledger.ts';

/** Outcomes of periods, in batches. */
export function ledgerActivities({ records }: Pick<ActivityDependencies, 'records'>): Pick<Activities, 'recordLedger'> {
  return { recordLedger: (rows) => insertLedger(records, rows) };
}

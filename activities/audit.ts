import type { Activities } from '../shared/activities.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { insertAudit } from './records/audit.ts';

/** Who changed what. */
export function auditActivities({ records }: Pick<ActivityDependencies, 'records'>): Pick<Activities, 'recordAudit'> {
  return { recordAudit: (entries) => insertAudit(records, entries) };
}

import type { Activities } from '../shared/activities.ts';
import type { BatchExportActivities } from '../shared/batch-export.ts';
import { auditActivities } from './audit.ts';
import { batchExportActivities } from './batch-export/index.ts';
import { byDestination } from './by-destination.ts';
import { checkpointActivities } from './checkpoints.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { fileActivities } from './files/index.ts';
import { ledgerActivities } from './ledger.ts';
import { mailBatchExportActivity } from './mail-batch-export.ts';
import { eventActivities } from './sinks/event-activities.ts';
import { rejectedActivities } from './sinks/rejected-activities.ts';
import { surveyActivities } from './survey-history.ts';

/** All activities over one set of dependencies. They throw `ExportError`; `exportFailures` turns that into what Temporal records. */
export function createActivities(dependencies: ActivityDependencies): Activities & BatchExportActivities {
  return {
    ...surveyActivities(dependencies),
    ...byDestination(fileActivities(dependencies), eventActivities(dependencies)),
    ...rejectedActivities(dependencies),
    ...ledgerActivities(dependencies),
    ...auditActivities(dependencies),
    ...checkpointActivities(dependencies),
    ...batchExportActivities(dependencies),
    ...mailBatchExportActivity(dependencies),
  };
}

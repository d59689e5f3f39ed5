import type { Activities } from '../shared/activities.ts';
import type { BatchExportActivities } from '../shared/batch-export.ts';
import { auditActivities } from './audit.ts';
import { batchExportActivities } from './batch-export/index.ts';
import { checkpointActivities } from './checkpoints.ts';
import { claimDestinationActivity } from './claim-destination.ts';
import { commitActivities } from './commit-period.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { discardPartsActivity } from './discard-parts.ts';
import { exportPartActivity } from './export-part.ts';
import { exportSmallPeriodActivity } from './export-small-period.ts';
import { ledgerActivities } from './ledger.ts';
import { mailBatchExportActivity } from './mail-batch-export.ts';
import { planPeriodActivity } from './plan-period.ts';
import { probeActivities } from './probe.ts';
import { removeSupersededActivity } from './superseded.ts';
import { surveyActivities } from './survey-history.ts';

/** All activities over one set of dependencies. They throw `ExportError`; `exportFailures` turns that into what Temporal records. */
export function createActivities(dependencies: ActivityDependencies): Activities & BatchExportActivities {
  return {
    ...surveyActivities(dependencies),
    ...planPeriodActivity(dependencies),
    ...exportPartActivity(dependencies),
    ...exportSmallPeriodActivity(dependencies),
    ...commitActivities(dependencies),
    ...discardPartsActivity(dependencies),
    ...removeSupersededActivity(dependencies),
    ...claimDestinationActivity(dependencies),
    ...probeActivities(dependencies),
    ...ledgerActivities(dependencies),
    ...auditActivities(dependencies),
    ...checkpointActivities(dependencies),
    ...batchExportActivities(dependencies),
    ...mailBatchExportActivity(dependencies),
  };
}

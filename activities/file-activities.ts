import type { DestinationActivities } from './by-destination.ts';
import { claimDestinationActivity } from './claim-destination.ts';
import { commitActivities } from './commit-period.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { discardPartsActivity } from './discard-parts.ts';
import { exportPartActivity } from './export-part.ts';
import { exportSmallPeriodActivity } from './export-small-period.ts';
import { planPeriodActivity } from './plan-period.ts';
import { probeActivities } from './probe.ts';
import { removeSupersededActivity } from './superseded.ts';

/** The activities of periods whose rows become files with a manifest. */
export function fileActivities(dependencies: ActivityDependencies): DestinationActivities {
  return {
    ...planPeriodActivity(dependencies),
    ...exportPartActivity(dependencies),
    ...exportSmallPeriodActivity(dependencies),
    ...commitActivities(dependencies),
    ...discardPartsActivity(dependencies),
    ...removeSupersededActivity(dependencies),
    ...claimDestinationActivity(dependencies),
    ...probeActivities(dependencies),
  };
}

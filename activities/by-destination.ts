import type { Activities, Job } from '../shared/activities.ts';
import { isEventSink } from '../shared/config/destination.ts';

/** What is done differently for files and for events. */
export type DestinationActivities = Pick<
  Activities,
  | 'planPeriod'
  | 'exportPart'
  | 'exportSmallPeriod'
  | 'commitPeriod'
  | 'commitEmptyRun'
  | 'discardParts'
  | 'removeSuperseded'
  | 'claimDestination'
  | 'probe'
  | 'testDestination'
>;

/** The one place that tells the two families of destinations apart: each call goes to the activities of the job's own. */
export function byDestination(files: DestinationActivities, events: DestinationActivities): DestinationActivities {
  const familyOf = ({ config }: Pick<Job, 'config'>) => (isEventSink(config.destination) ? events : files);
  return {
    planPeriod: (input) => familyOf(input.job).planPeriod(input),
    exportPart: (input) => familyOf(input.job).exportPart(input),
    exportSmallPeriod: (input) => familyOf(input.job).exportSmallPeriod(input),
    commitPeriod: (input) => familyOf(input.job).commitPeriod(input),
    commitEmptyRun: (input) => familyOf(input.job).commitEmptyRun(input),
    discardParts: (input) => familyOf(input.job).discardParts(input),
    removeSuperseded: (input) => familyOf(input.job).removeSuperseded(input),
    claimDestination: (input) => familyOf(input.job).claimDestination(input),
    probe: (input) => familyOf(input.job).probe(input),
    testDestination: (input) => familyOf(input).testDestination(input),
  };
}

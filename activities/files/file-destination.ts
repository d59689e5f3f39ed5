import { isEventSink, type ObjectStoreDestination } from '../../shared/config/destination.ts';
import type { IntegrationConfig } from '../../shared/config/integration.ts';

/** The destination of an integration that exports files. Others never come this way: `by-destination.ts` sees to it. */
export function fileDestination({ destination }: Pick<IntegrationConfig, 'destination'>): ObjectStoreDestination {
  if (isEventSink(destination)) throw new TypeError('an event sink takes no files');
  return destination;
}

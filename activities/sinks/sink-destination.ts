import { type EventSinkDestination, isEventSink } from '../../shared/config/destination.ts';
import type { IntegrationConfig } from '../../shared/config/integration.ts';

/** The destination of an integration that sends events. Others never come this way: `by-destination.ts` sees to it. */
export function sinkDestination({ destination }: Pick<IntegrationConfig, 'destination'>): EventSinkDestination {
  if (!isEventSink(destination)) throw new TypeError('an object store takes no events');
  return destination;
}

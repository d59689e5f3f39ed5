import type { SourceName } from './catalog.ts';
import type { SourceDefinition } from './definition.ts';
import { eventsSource } from './events.ts';
import { observationsSource } from './observations.ts';
import { scoresSource } from './scores.ts';
import { tracesSource } from './traces.ts';

export const SOURCE_DEFINITIONS: Readonly<Record<SourceName, SourceDefinition>> = {
  events: eventsSource,
  traces: tracesSource,
  observations: observationsSource,
  scores: scoresSource,
};

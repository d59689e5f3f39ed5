import type { SourceName } from './catalog.ts';
import type { SourceDefinition } from './definition.ts';
import { eventsSource } from './events.ts';

export const SOURCE_DEFINITIONS: Readonly<Record<SourceName, SourceDefinition>> = { events: eventsSource };

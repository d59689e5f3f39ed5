/** What the mapping of rows depends on, beside the row. */
import type { EventStyle } from '../../../shared/config/event-sinks.ts';
import type { CutText } from './cut-text.ts';
import type { LinkBase } from './links.ts';
import type { Properties } from './properties.ts';

export interface MappingOptions extends LinkBase {
  style: EventStyle;
  /** Whether input and output, and arguments of tool calls, may leave: only where the integration says so. */
  includeIo: boolean;
  /** Epoch ms; decides only what cannot be sent, and PostHog's batch key, never what an event holds. */
  now: number;
}

/** What the tables of properties need to know. */
export interface TableOptions extends MappingOptions {
  /** Cuts a text of input or output to the vendor's size. */
  cutIo: CutText;
  /** Whether JSON in texts may be sent as objects and lists. Not when the event became too large, since it is cut then. */
  structured: boolean;
}

/** An event before the vendor's envelope and limits. */
export interface Draft {
  event: string;
  properties: Properties;
}

/** One event, or that of a root row and that of its trace. */
export type Drafts = readonly [Draft, ...Draft[]];

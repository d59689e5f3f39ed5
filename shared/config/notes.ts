/** What people must know of their choice while they make it: shown by forms beside the field, and with every integration. Plain sentences. */
import { LOOK_BACK_SOURCES, type SourceName } from '../sources/catalog.ts';
import type { DestinationKind } from './destination.ts';
import type { IntegrationConfig } from './integration.ts';

/** Limits of a kind of destination that no code of ours can lift. */
export function destinationNotes(kind: DestinationKind): string[] {
  switch (kind) {
    case 's3':
      return [];
    case 'posthog':
      return [
        'PostHog keeps one event of each id: a row that changes replaces its event when PostHog merges, unless its name, time or user changed; then there are two.',
        'Events cannot be taken back: rows that are deleted later stay in PostHog.',
        'Events dated more than 23 hours ahead cannot be sent; they are listed as rejected and can be replayed.',
      ];
    case 'mixpanel':
      return [
        'Mixpanel cannot update events: of a row that changes after its export it keeps the first version, or counts a second event if its name, time or user changed.',
        'Events cannot be taken back: rows that are deleted later stay in Mixpanel.',
        'Events before 1971 and more than an hour ahead cannot be sent; they are listed as rejected and can be replayed.',
      ];
    default:
      // A configuration that a later version has stored.
      return [];
  }
}

/** Limits of a source. */
export function sourceNotes(source: SourceName, lookBackDays: number): string[] {
  if (!LOOK_BACK_SOURCES.includes(source)) return [];
  return [
    `${source}: live periods find changes of rows dated up to ${lookBackDays} days before them; rows that are older when they are written or changed are not exported again.`,
  ];
}

/** All that concerns a configuration. */
export function notesOf({ sources, lookBackDays, destination }: IntegrationConfig): string[] {
  return [...sources.flatMap((source) => sourceNotes(source, lookBackDays)), ...destinationNotes(destination.kind)];
}

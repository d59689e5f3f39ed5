import { expect, it } from 'vitest';
import { DESTINATION_KINDS } from '../../shared/config/destination.ts';
import { destinationNotes, notesOf, sourceNotes } from '../../shared/config/notes.ts';
import { SOURCES } from '../../shared/sources/catalog.ts';
import { configOf } from './worlds.ts';

it('says where a destination is chosen what the vendor cannot do', () => {
  expect(destinationNotes('mixpanel').join(' ')).toMatch(/cannot update/);
  expect(destinationNotes('posthog').join(' ')).toMatch(/cannot be taken back/);
  for (const kind of DESTINATION_KINDS) for (const note of destinationNotes(kind)) expect(note).toMatch(/^[A-Z].*\.$/);
});

it('says where an older table is chosen how far live periods look back', () => {
  expect(sourceNotes('events', 7)).toEqual([]);
  for (const source of SOURCES.filter((name) => name !== 'events'))
    expect(sourceNotes(source, 12)).toEqual([expect.stringContaining('12 days')]);
});

it('goes with the configuration', () => {
  expect(notesOf(configOf({ sources: ['events', 'scores'], lookBackDays: 3 }))).toEqual(sourceNotes('scores', 3));
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { eventId } from '../../../../activities/sinks/mapping/event-id.ts';

it('never changes: an id made today is the id made by every later version', () => {
  expect(eventId('proj-1', 'trace-1', 'obs-1', '$ai_generation')).toBe('d63f9996-b557-5ca4-ae97-731601a6659a');
});

it('differs whenever a part differs, also where parts hold the separator', () => {
  const part = fc.string({ unit: fc.constantFrom('a', '/', '%', '2', 'F'), maxLength: 6 });
  const parts = fc.tuple(part, part, part);
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      const same = one.every((text, index) => text === other[index]);
      expect(eventId(...one, 'e') === eventId(...other, 'e')).toBe(same);
    }),
    {
      examples: [
        [
          ['a', 'b/c', 'd'],
          ['a', 'b', 'c/d'],
        ],
        [
          ['a', '/', ''],
          ['a', '%2F', ''],
        ],
      ],
    },
  );
});

it('is made of ids with lone surrogates too', () => {
  expect(eventId('proj-1', '\ud800', 'obs-1', 'e')).toMatch(/^[0-9a-f-]{36}$/);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mixpanelRejection } from '../../../../activities/sinks/mixpanel/mixpanel-refusals.ts';

describe('our words for a record that Mixpanel refuses', () => {
  it.each([
    [
      'properties.time',
      "'properties.time' is invalid: must be specified as seconds since epoch",
      'refused',
      /time.*clock/,
    ],
    ['properties.distinct_id', 'invalid value', 'refused', /user id/],
    ['properties.$insert_id', "'$insert_id' is missing", 'refused', /\$insert_id/],
    ['event', 'is too long', 'refused', /name/],
    ['properties', 'too many keys', 'refused', /more properties/],
    ['properties.other', 'nesting is too deep', 'refused', /nested/],
    ['', 'record exceeds 1MB size limit', 'too_large', /larger/],
    ['properties.other', 'something new', 'refused', /did not accept this event/],
  ])('%s: %s', (field, message, reason, expected) => {
    const rejection = mixpanelRejection(field, message);
    expect(rejection.reason).toBe(reason);
    expect(rejection.message).toMatch(expected);
  });

  it('never repeat what Mixpanel says, which may quote the row', () => {
    const known = new Set(['', 'event', 'properties']);
    fc.assert(
      fc.property(fc.string({ minLength: 12 }), fc.string({ minLength: 12 }), (value, message) => {
        const rejection = mixpanelRejection(`properties.${value}`, `${message} is not allowed`);
        expect(known.has(rejection.field) || /^properties\.[$a-z_]+$/.test(rejection.field)).toBe(true);
        expect(rejection.field).not.toContain(value);
        expect(rejection.message).not.toContain(message);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutToBytes, cutToJsonBytes } from '../../../../activities/sinks/mapping/cut-text.ts';

const texts = fc.string({
  unit: fc.constantFrom('a', '"', '\n', '\u0001', 'é', '鳥', '🐦'),
  maxLength: 300,
  size: 'max',
});
const limits = fc.integer({ min: 40, max: 400 });

const inJson = (text: string) => Buffer.byteLength(JSON.stringify(text)) - 2;

describe.each([
  ['bytes of UTF-8', cutToBytes, (text: string) => Buffer.byteLength(text)],
  ['bytes in JSON', cutToJsonBytes, inJson],
])('a text cut by %s', (_, cut, sizeOf) => {
  it('fits, is left alone when it fitted before, and wastes less than a character when it did not', () => {
    fc.assert(
      fc.property(texts, limits, (text, limit) => {
        const result = cut(text, limit);
        if (sizeOf(text) <= limit) {
          expect(result).toBe(text);
          return;
        }
        const marker = `… [cut: ${text.length} characters]`;
        expect(result.endsWith(marker)).toBe(true);
        expect(text.startsWith(result.slice(0, -marker.length))).toBe(true);
        expect(result.isWellFormed()).toBe(true);
        expect(sizeOf(result)).toBeLessThanOrEqual(limit);
        expect(sizeOf(result)).toBeGreaterThan(limit - 6);
      }),
    );
  });

  it('is marked in any case when it is only the beginning of a longer one', () => {
    expect(cut('short', 100, 5_000)).toBe('short… [cut: 5000 characters]');
    expect(sizeOf(cut('a'.repeat(100), 100, 5_000))).toBe(100);
  });
});

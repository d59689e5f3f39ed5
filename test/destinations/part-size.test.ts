import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_OBJECT_BYTES,
  MAX_PART_BYTES,
  MAX_PARTS,
  MIN_PART_BYTES,
  partSize,
  partsInFlight,
} from '../../activities/destinations/part-size.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const estimates = fc.oneof(
  fc.constant(0),
  fc.nat({ max: 2 ** 30 }),
  fc.maxSafeNat().map((n) => n % MAX_OBJECT_BYTES),
);

/** How many bytes fit into the first `parts` parts. */
function capacity(expectedBytes: number, parts: number): number {
  let bytes = 0;
  for (let number = 1; number <= parts; number++) bytes += partSize(number, expectedBytes);
  return bytes;
}

describe('the sizes of parts', () => {
  it('hold the largest object that S3 takes, whatever the estimate was', () => {
    fc.assert(
      fc.property(estimates, (expected) => capacity(expected, MAX_PARTS) >= MAX_OBJECT_BYTES),
      { numRuns: 200 },
    );
  });

  it('keep to the limits of S3 and never shrink', () => {
    fc.assert(
      fc.property(estimates, fc.integer({ min: 1, max: MAX_PARTS - 1 }), (expected, number) => {
        const size = partSize(number, expected);
        expect(size).toBeGreaterThanOrEqual(MIN_PART_BYTES);
        expect(size).toBeLessThanOrEqual(MAX_PART_BYTES);
        expect(partSize(number + 1, expected)).toBeGreaterThanOrEqual(size);
      }),
    );
  });

  it('are even up to a quarter more than the estimate', () => {
    fc.assert(
      fc.property(estimates, (expected) => {
        const even = partSize(1, expected);
        expect(partSize(5_000, expected)).toBe(even);
        expect(5_000 * even).toBeGreaterThanOrEqual(1.25 * expected);
      }),
    );
  });

  it('stay small for all objects of common size', () => {
    expect(partSize(5_000, 0)).toBe(8 * MIB);
    expect(partSize(1, 30 * GIB)).toBe(8 * MIB);
    expect(partSize(1, 1_024 * GIB)).toBe(263 * MIB);
    expect(partSize(5_001, 0)).toBe(16 * MIB);
  });
});

describe('parts in flight', () => {
  it('are three, and fewer where they are large', () => {
    expect([8 * MIB, 21 * MIB, 22 * MIB, 33 * MIB, 5 * GIB, 1].map(partsInFlight)).toEqual([3, 3, 2, 1, 1, 3]);
  });
});

import { createHash } from 'node:crypto';

/**
 * Makes SQL expressions for numbers that look random and depend only on the seed and a number column of the query.
 * Each use has a name of its own (`salt`), so that two columns of one row are independent.
 */
export interface Dice {
  /** A UInt64. */
  hash(salt: string, of: string): string;
  /** A Float64 in [0, 1). */
  unit(salt: string, of: string): string;
  /** A whole number in [0, limit). */
  below(limit: number, salt: string, of: string): string;
  /** True for about this share (0…1) of the rows. */
  chance(share: number, salt: string, of: string): string;
  /** One element of a list of SQL expressions of one type, written as `[…]`. */
  pick(list: string, length: number, salt: string, of: string): string;
}

export function createDice(seed: string): Dice {
  const offset = (salt: string): string =>
    createHash('sha256').update(`${seed}\0${salt}`).digest().readBigUInt64LE().toString();
  const hash = (salt: string, of: string): string => `intHash64(${of} + toUInt64(${offset(salt)}))`;
  const below = (limit: number, salt: string, of: string): string => `(${hash(salt, of)} % ${limit})`;
  // 53 bits are all that a Float64 holds.
  const unit = (salt: string, of: string): string => `(bitShiftRight(${hash(salt, of)}, 11) / ${2 ** 53})`;
  return {
    hash,
    unit,
    below,
    chance: (share, salt, of) => `(${below(1_000_000, salt, of)} < ${Math.round(share * 1_000_000)})`,
    pick: (list, length, salt, of) => `(${list})[${below(length, salt, of)} + 1]`,
  };
}

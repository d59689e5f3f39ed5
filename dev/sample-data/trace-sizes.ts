/**
 * Which trace and which span of it a row number is. Rows come in blocks of 64; a block always holds 14 traces of 1 to
 * 12 spans in one of six orders. So the place of a row follows from its number alone, without a join, and any number
 * of rows can be made in any order.
 */

const traceSizes = [1, 3, 7, 2, 12, 5, 1, 4, 9, 6, 1, 8, 2, 3] as const;

export const rowsPerBlock = 64;
export const tracesPerBlock: number = traceSizes.length;

// Steps without a common factor with 14, so that each gives another order of the same sizes.
const steps = [1, 3, 5, 9, 11, 13] as const;
export const blockOrders: number = steps.length;

export interface BlockCell {
  trace: number;
  span: number;
}

function blockInOrder(step: number): BlockCell[] {
  return traceSizes.flatMap((_, trace) => {
    const size = traceSizes[(trace * step) % tracesPerBlock] ?? 1;
    return Array.from({ length: size }, (_, span) => ({ trace, span }));
  });
}

/** The cells of all orders, one block after the other: row r of order o is at `o * rowsPerBlock + r`. */
export const blockCells: readonly BlockCell[] = steps.flatMap(blockInOrder);

/** The most traces that this many rows can begin. */
export function tracesAtMost(rows: number): number {
  const rest = rows % rowsPerBlock;
  const inLastBlock = blockCells.filter((_, index) => index % rowsPerBlock < rest).map((cell) => cell.trace + 1);
  return Math.floor(rows / rowsPerBlock) * tracesPerBlock + Math.max(0, ...inLastBlock);
}

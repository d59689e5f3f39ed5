/**
 * Picks a share of the row numbers, spread evenly and the same way in SQL and here, so that it is known how many rows
 * an INSERT … SELECT of the engine will write without asking it.
 */
export interface Selection {
  /** SQL condition on a column of row numbers. */
  condition(column: string): string;
  includes(row: number): boolean;
  /** How many of the rows 0 … rows − 1 are picked. */
  count(rows: number): number;
}

const cycle = 10_000;

/** @param stride whole number without a common factor with 10,000; another stride picks other rows */
export function selectShare(share: number, stride: number, shift: number): Selection {
  const picked = Math.round(share * cycle);
  const includes = (row: number): boolean => ((row % cycle) * stride + shift) % cycle < picked;
  return {
    includes,
    condition: (column) => `(${column} % ${cycle} * ${stride} + ${shift}) % ${cycle} < ${picked}`,
    count: (rows) => {
      let inLastCycle = 0;
      for (let row = rows - (rows % cycle); row < rows; row++) if (includes(row)) inLastCycle++;
      return Math.floor(rows / cycle) * picked + inLastCycle;
    },
  };
}

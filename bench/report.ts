/** Figures, their targets, and how both are shown. */

/** Where a figure should lie. */
export type Target = { atLeast: number } | { atMost: number };

export interface Figure {
  what: string;
  value: number;
  unit: string;
  /** Without one the figure is for information. */
  target?: Target;
}

/** What a benchmark found out. */
export interface Outcome {
  figures: Figure[];
  /** Circumstances that help to read the figures. */
  notes: string[];
}

export function isMet({ value, target }: Figure): boolean | undefined {
  if (target === undefined) return undefined;
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}

/** Lines of a table with the columns what, value, target and verdict. */
export function tableOf(figures: readonly Figure[]): string[] {
  const rows = figures.map((figure) => {
    const met = isMet(figure);
    return [
      figure.what,
      `${shown(figure.value)} ${figure.unit}`.trim(),
      targetText(figure.target),
      met === undefined ? '' : met ? 'met' : 'NOT MET',
    ] as const;
  });
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const [first, second, third] = [width(0), width(1), width(2)];
  return rows.map(([what, value, target, verdict]) =>
    `  ${what.padEnd(first)}  ${value.padStart(second)}  ${target.padEnd(third)}  ${verdict}`.trimEnd(),
  );
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}

function targetText(target: Target | undefined): string {
  if (target === undefined) return '';
  return 'atLeast' in target ? `≥ ${shown(target.atLeast)}` : `≤ ${shown(target.atMost)}`;
}

function shown(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

/** Sets of minutes (epoch seconds / 60) as half-open runs, sorted and apart from each other. */
export type MinuteRun = [from: number, to: number];

/** @param minutes ascending; repetitions are fine */
export function runsOf(minutes: Iterable<number>): MinuteRun[] {
  const runs: MinuteRun[] = [];
  for (const minute of minutes) append(runs, minute, minute + 1);
  return runs;
}

/** Any runs, sorted and without overlaps. */
export function joinRuns(runs: readonly MinuteRun[]): MinuteRun[] {
  const joined: MinuteRun[] = [];
  for (const [from, to] of runs.toSorted(([left], [right]) => left - right)) append(joined, from, to);
  return joined;
}

/** @param from not before the begin of the last run */
function append(runs: MinuteRun[], from: number, to: number): void {
  const last = runs.at(-1);
  if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
  else runs.push([from, to]);
}

export function countMinutes(runs: readonly MinuteRun[]): number {
  return runs.reduce((sum, [from, to]) => sum + to - from, 0);
}

/** At most `limit` runs that cover the given ones: the smallest gaps are closed. */
export function coarsenRuns(runs: readonly MinuteRun[], limit: number): MinuteRun[] {
  const surplus = runs.length - Math.max(1, limit);
  if (surplus <= 0) return [...runs];
  const gaps = runs.map(([from], index) => from - (runs[index - 1]?.[1] ?? Number.NEGATIVE_INFINITY));
  const widest = gaps.toSorted((left, right) => left - right)[surplus - 1] ?? 0;
  const joined: MinuteRun[] = [];
  for (const [index, run] of runs.entries()) {
    const last = joined.at(-1);
    if (last !== undefined && (gaps[index] ?? 0) <= widest) last[1] = run[1];
    else joined.push([...run]);
  }
  return joined;
}

/** Two halves by number of minutes; the second is empty when there is only one minute. */
export function halveRuns(runs: readonly MinuteRun[]): [MinuteRun[], MinuteRun[]] {
  let left = Math.ceil(countMinutes(runs) / 2);
  const first: MinuteRun[] = [];
  const second: MinuteRun[] = [];
  for (const [from, to] of runs) {
    const middle = Math.min(to, from + left);
    if (from < middle) first.push([from, middle]);
    if (middle < to) second.push([middle, to]);
    left -= middle - from;
  }
  return [first, second];
}

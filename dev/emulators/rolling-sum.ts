/** A sum over the last seconds, to a whole second. */
export interface RollingSum {
  add(amount: number, now: number): void;
  /** `now`: epoch ms, never before an earlier one. */
  sum(now: number): number;
  clear(): void;
}

/** `seconds`: the length of the window. */
export function createRollingSum(seconds: number): RollingSum {
  const amounts = new Float64Array(seconds);
  let newest = 0;
  let total = 0;

  function advance(now: number): number {
    const second = Math.floor(now / 1000);
    if (second - newest >= seconds) {
      amounts.fill(0);
      total = 0;
    } else {
      for (let passed = newest + 1; passed <= second; passed++) {
        total -= amounts[passed % seconds] ?? 0;
        amounts[passed % seconds] = 0;
      }
    }
    newest = Math.max(newest, second);
    return newest % seconds;
  }

  return {
    add(amount, now) {
      const place = advance(now);
      amounts[place] = (amounts[place] ?? 0) + amount;
      total += amount;
    },
    sum(now) {
      advance(now);
      return total;
    },
    clear() {
      amounts.fill(0);
      total = 0;
    },
  };
}

/** The part size that ClickHouse was seen to manage: halved when a part had to be split, doubled again after ten periods without a split. */
import type { IntegrationState } from '../../shared/integration-state.ts';

const SUCCESSES_TO_GROW = 10;
const SMALLEST_TARGET = 1_000_000;

export function targetPartBytes(state: IntegrationState): number {
  return Math.min(state.learned?.partBytes ?? Number.POSITIVE_INFINITY, state.config.tuning.targetPartBytes);
}

export function shrinkTarget(state: IntegrationState, tooLargeBytes: number): void {
  const half = Math.max(SMALLEST_TARGET, Math.floor(tooLargeBytes / 2));
  state.learned = { partBytes: Math.min(targetPartBytes(state), half), successes: 0 };
}

export function restoreTarget(state: IntegrationState): void {
  if (state.learned === undefined) return;
  state.learned.successes += 1;
  if (state.learned.successes < SUCCESSES_TO_GROW) return;
  const partBytes = state.learned.partBytes * 2;
  if (partBytes >= state.config.tuning.targetPartBytes) delete state.learned;
  else state.learned = { partBytes, successes: 0 };
}

import type { Part, PartResult, PeriodPlan, PeriodResult } from '../shared/activities.ts';
import { SMALL_PERIOD_ROWS } from '../shared/parts.ts';
import type { SourceName } from '../shared/sources/catalog.ts';
import { ExportError } from './export-error.ts';
import type { PartCount } from './source/source.ts';

/** One activity takes at most this much, so that few but large rows become parts, which can be split. */
const SMALL_PERIOD_BYTES = 32 * 2 ** 20;

interface SmallPeriod {
  plan: PeriodPlan;
  sources: readonly SourceName[];
  /** @param counted the plan is a moment old: its count is the one before the stream */
  deliver: (part: Part, counted: PartCount) => Promise<PartResult>;
  commit: (results: PartResult[]) => Promise<PeriodResult>;
}

/**
 * Delivers and commits a period of modest size (at most one part a source). Any other period is handed back as a plan, as is one with a part
 * that turns out to be too large for one query.
 */
export async function exportSmall({
  plan,
  sources,
  deliver,
  commit,
}: SmallPeriod): Promise<{ kind: 'committed'; result: PeriodResult } | { kind: 'planned'; plan: PeriodPlan }> {
  const { parts, rows, bytes } = plan;
  if (parts.length > sources.length || rows > SMALL_PERIOD_ROWS || bytes > SMALL_PERIOD_BYTES)
    return { kind: 'planned', plan };
  const results: PartResult[] = [];
  for (const part of parts) {
    try {
      results.push(await deliver(part, { rows: part.rows }));
    } catch (error) {
      if (error instanceof ExportError && error.type === 'SourceTooLarge') return { kind: 'planned', plan };
      throw error;
    }
  }
  return { kind: 'committed', result: await commit(results) };
}

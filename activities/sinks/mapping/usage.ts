/** Tokens and costs of an observation, from amounts by kind. */
import type { ObservationRow } from '../sink-row.ts';

/** Tokens, or US dollars. What no kind speaks of is undefined, not 0. */
export interface Usage {
  input: number | undefined;
  output: number | undefined;
  total: number | undefined;
}

/** Parts of input and output, in tokens, which are counted there too. */
export interface TokenUsage extends Usage {
  reasoning: number | undefined;
  cacheRead: number | undefined;
  cacheCreation: number | undefined;
}

const plus = (sum: number | undefined, amount: number): number => (sum ?? 0) + amount;

type Part = keyof TokenUsage;

/** Kinds by providers: input_cache_read, input_cached_tokens; cache_creation_input_tokens, input_cache_write; output_reasoning_tokens. */
function partsOf(kind: string): readonly Part[] {
  const name = kind.toLowerCase();
  const parts: Part[] = [];
  if (name.includes('input')) parts.push('input');
  if (name.includes('output')) parts.push('output');
  if (name.includes('reasoning')) parts.push('reasoning');
  if (name.includes('cache')) parts.push(/creat|writ/.test(name) ? 'cacheCreation' : 'cacheRead');
  return parts;
}

const INPUT: readonly Part[] = ['input'];
const OUTPUT: readonly Part[] = ['output'];

/**
 * Sums over the kinds whose name contains the word, as filters and the table's own columns have it (`shared/filters/column-sql.ts`): `input`
 * also means `input_cache_read`. The total is the kind of that name, else the sum of all kinds.
 */
function sums(amounts: Record<string, number> | undefined): TokenUsage {
  const usage: TokenUsage = {
    input: undefined,
    output: undefined,
    total: undefined,
    reasoning: undefined,
    cacheRead: undefined,
    cacheCreation: undefined,
  };
  if (amounts === undefined) return usage;
  let all: number | undefined;
  for (const kind in amounts) {
    const amount = amounts[kind];
    if (amount === undefined || !Number.isFinite(amount)) continue;
    all = plus(all, amount);
    if (kind === 'total') {
      usage.total = amount;
      continue;
    }
    // The two most frequent kinds need no search.
    const parts = kind === 'input' ? INPUT : kind === 'output' ? OUTPUT : partsOf(kind);
    for (const part of parts) usage[part] = plus(usage[part], amount);
  }
  usage.total ??= all;
  return usage;
}

export function tokensOf(row: ObservationRow): TokenUsage {
  return sums(row.usage_details);
}

/** US dollars. The total is the column of that name, which the table takes from the details too. */
export function costsOf(row: ObservationRow): Usage {
  const costs = sums(row.cost_details);
  if (typeof row.total_cost === 'number' && Number.isFinite(row.total_cost)) costs.total = row.total_cost;
  return costs;
}

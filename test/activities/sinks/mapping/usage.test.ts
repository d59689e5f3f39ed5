import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costsOf, tokensOf } from '../../../../activities/sinks/mapping/usage.ts';
import { bareObservation } from './rows.ts';

const tokens = (usage_details: Record<string, number>) => tokensOf(bareObservation({ usage_details }));

describe('tokens', () => {
  it('are sums over the kinds whose name contains the word', () => {
    expect(
      tokens({
        input: 1,
        output: 2,
        input_cached_tokens: 4,
        Cache_Read_Input_Tokens: 8,
        input_cache_creation: 16,
        cache_write: 32,
        output_reasoning_tokens: 64,
        audio: 128,
      }),
    ).toEqual({ input: 29, output: 66, total: 255, reasoning: 64, cacheRead: 12, cacheCreation: 48 });
  });

  it('have the total that the row names', () => {
    expect(tokens({ input: 1, output: 2, total: 5 })).toMatchObject({ input: 1, output: 2, total: 5 });
    expect(tokens({ total: 0, input: 1 }).total).toBe(0);
  });

  it('are unknown, not 0, without a kind that speaks of them', () => {
    const unknown = [tokensOf(bareObservation()), tokens({}), tokens({ output: Number.NaN })];
    for (const usage of unknown) expect(Object.values(usage)).toEqual(Array(6).fill(undefined));
    expect(tokens({ output: 0 })).toMatchObject({ input: undefined, output: 0 });
  });

  it('agree with sums done by hand for any kinds', () => {
    const kinds = fc.constantFrom('input', 'INPUT_x', 'output', 'y_output', 'input_output', 'other');
    fc.assert(
      fc.property(fc.dictionary(kinds, fc.nat(1000)), (details) => {
        const amounts = Object.entries(details);
        const sumOf = (word: string) =>
          amounts.filter(([kind]) => kind.toLowerCase().includes(word)).reduce((sum, [, amount]) => sum + amount, 0);
        const usage = tokens(details);
        expect([usage.input ?? 0, usage.output ?? 0, usage.total ?? 0]).toEqual(['input', 'output', ''].map(sumOf));
      }),
    );
  });
});

describe('costs', () => {
  it('have the total of the column, else of the details', () => {
    const costs = (total_cost: number | null) =>
      costsOf(bareObservation({ cost_details: { input: 0.25, output: 0.5 }, total_cost }));
    expect(costs(2)).toMatchObject({ input: 0.25, output: 0.5, total: 2 });
    expect(costs(null).total).toBe(0.75);
    expect(costs(Number.NaN).total).toBe(0.75);
  });
});

/** The models that the sample traces call, with prices in millionths of a millionth of a dollar per token. */
export interface Model {
  name: string;
  provider: string;
  parameters: string;
  inputPrice: number;
  cachedPrice: number;
  outputPrice: number;
}

// Odd prices on purpose: costs then use all twelve digits after the point.
export const chatModels: readonly Model[] = [
  {
    name: 'gpt-4o-mini',
    provider: 'openai',
    parameters: '{"temperature":0.2,"max_tokens":1024}',
    inputPrice: 150_003,
    cachedPrice: 75_001,
    outputPrice: 600_017,
  },
  {
    name: 'claude-sonnet-4-5',
    provider: 'anthropic',
    parameters: '{"temperature":1,"max_tokens":4096,"stop_sequences":["\\n\\nHuman:"]}',
    inputPrice: 3_000_007,
    cachedPrice: 300_001,
    outputPrice: 15_000_031,
  },
  {
    name: 'gemini-2.5-flash',
    provider: 'google',
    parameters: '{"temperature":0.7,"topP":0.95}',
    inputPrice: 300_007,
    cachedPrice: 30_001,
    outputPrice: 2_500_009,
  },
  {
    name: 'mistral-small-latest',
    provider: 'mistral',
    parameters: '{}',
    inputPrice: 100_003,
    cachedPrice: 100_003,
    outputPrice: 300_007,
  },
];

export const embeddingModel: Model = {
  name: 'text-embedding-3-small',
  provider: 'openai',
  parameters: '{"dimensions":1536}',
  inputPrice: 20_003,
  cachedPrice: 20_003,
  outputPrice: 0,
};

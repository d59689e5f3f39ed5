import { describe, expect, it } from 'vitest';
import { mapPostHog } from '../../../../activities/sinks/mapping/posthog.ts';
import { postHogTraceId } from '../../../../activities/sinks/mapping/trace-key.ts';
import { firstOf } from './mapped.ts';
import { bareObservation, fullObservation, NOW } from './rows.ts';

const options = { projectId: 'proj-1', style: 'ai', includeIo: true, now: NOW } as const;

function propertiesOf(changes: Parameters<typeof fullObservation>[0]): Record<string, unknown> {
  return firstOf(mapPostHog({ source: 'events', row: fullObservation(changes) }, options)).properties;
}

const inputOf = (input: string) => propertiesOf({ input, input_length: input.length }).$ai_input;
const outputOf = (output: string) => propertiesOf({ output, output_length: output.length }).$ai_output_choices;

const user = { role: 'user', content: 'hi' };
const assistant = { role: 'assistant', content: 'hello' };

describe('messages in PostHog’s LLM views', () => {
  it.each([
    ['a list of messages', [user, assistant]],
    ['one message', user],
    ['a request', { model: 'gpt-5-mini', messages: [user, assistant] }],
  ])('are those of %s', (_, value) => {
    const expected = Array.isArray(value) || 'messages' in value ? [user, assistant] : [user];
    expect(inputOf(JSON.stringify(value))).toEqual(expected);
  });

  it('are the choices of an answer', () => {
    expect(outputOf(JSON.stringify({ choices: [{ index: 0, message: assistant }] }))).toEqual([assistant]);
  });

  it.each(['hi', '{"question":"hi"}', '[]', '[{"role":"user"},"hi"]', '[not JSON', '"hi"', '{"choices":[{}]}'])(
    'are one with the whole text for %s',
    (text) => {
      expect(inputOf(text)).toEqual([{ role: 'user', content: text }]);
      expect(outputOf(text)).toEqual([{ role: 'assistant', content: text }]);
    },
  );

  it('stay text where they are nested deeper than readers of JSON can follow', () => {
    const text = `[{"role":"user","content":${'['.repeat(500)}${']'.repeat(500)}}]`;
    expect(inputOf(text)).toEqual([{ role: 'user', content: text }]);
  });
});

describe('properties for PostHog’s LLM views', () => {
  it('have tools in the form of OpenAI, whatever the definition is', () => {
    const whole = { type: 'function', function: { name: 'known' } };
    const tool_definitions = {
      a: '{"description":"d","name":"other"}',
      b: 'no JSON',
      c: JSON.stringify(whole),
      d: '[]',
    };
    expect(propertiesOf({ tool_definitions }).$ai_tools).toEqual([
      { type: 'function', function: { description: 'd', name: 'a' } },
      { type: 'function', function: { name: 'b' } },
      whole,
      { type: 'function', function: { name: 'd' } },
    ]);
  });

  it('have the names of tools alone where definitions are long', () => {
    const description = 'd'.repeat(61_000);
    expect(propertiesOf({ tool_definitions: { a: JSON.stringify({ description }), b: '{}' } }).$ai_tools).toEqual([
      { type: 'function', function: { name: 'a' } },
      { type: 'function', function: { name: 'b' } },
    ]);
  });

  it('have parameters that are no object as text', () => {
    expect(propertiesOf({ model_parameters: 'temperature=1' }).$ai_model_parameters).toBe('temperature=1');
  });

  it.each([
    [{ 'gen_ai.provider.name': 'anthropic' }],
    [{ 'gen_ai.system': 'anthropic' }],
    [{ 'attributes.gen_ai.system': 'anthropic' }],
    [{ ls_provider: 'anthropic', 'gen_ai.system': 'other' }],
  ])('have the provider that the metadata %j name', (metadata) => {
    expect(propertiesOf({ metadata }).$ai_provider).toBe('anthropic');
  });

  it('leave out negative durations and numbers that are none', () => {
    const properties = propertiesOf({
      latency_ms: -1,
      time_to_first_token_ms: Number.NaN,
      prompt_version: Number.POSITIVE_INFINITY,
    });
    for (const name of ['$ai_latency', '$ai_time_to_first_token', 'langfuse_prompt_version']) {
      expect(properties).not.toHaveProperty(name);
    }
  });

  it('have clean texts, also inside JSON and as names in the metadata', () => {
    const properties = propertiesOf({
      name: 'a\0b',
      input: '[{"role":"user","content":"\\ud83d"}]',
      input_length: 36,
      metadata: { 'x\0': '\udc26', ['__proto__']: 'kept' },
    });
    expect(properties.$ai_span_name).toBe('a\ufffdb');
    expect(properties.$ai_input).toEqual([{ role: 'user', content: '\ufffd' }]);
    expect(Object.entries(properties.langfuse_metadata ?? {})).toEqual([
      ['x\ufffd', '\ufffd'],
      ['__proto__', 'kept'],
    ]);
  });

  it('leave texts alone that only speak of escapes', () => {
    expect(propertiesOf({ name: 'the escape \\u0000 and 🐦' }).$ai_span_name).toBe('the escape \\u0000 and 🐦');
  });

  it('encode ids in links', () => {
    const row = bareObservation({ trace_id: 'a/b c', id: 'x?y' });
    const linked = { ...options, baseUrl: 'https://langfuse.example.com' };
    expect(firstOf(mapPostHog({ source: 'events', row }, linked)).properties.langfuse_url).toBe(
      'https://langfuse.example.com/project/proj-1/traces/a%2Fb%20c?observation=x%3Fy',
    );
  });
});

describe('a trace id', () => {
  it('stays as it is where PostHog allows its characters', () => {
    for (const id of ['0af7651916cd43dd8448eb211c80319c', "A-_~.@()!':|z"]) expect(postHogTraceId(id)).toBe(id);
  });

  it('is replaced otherwise, apart from ids that differ only there', () => {
    expect(postHogTraceId('a b')).toMatch(/^a_b~[0-9a-f]{8}$/);
    expect(postHogTraceId('a b')).not.toBe(postHogTraceId('a/b'));
    expect(postHogTraceId('x'.repeat(300))).toHaveLength(199);
  });

  it('is the observation’s own for a row without one', () => {
    const row = bareObservation({ trace_id: '' });
    const { distinctId, properties } = firstOf(mapPostHog({ source: 'observations', row }, options));
    expect([distinctId, properties.$ai_trace_id]).toEqual(['obs-1', 'obs-1']);
  });
});

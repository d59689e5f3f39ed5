import { describe, expect, it } from 'vitest';
import { mapPostHog } from '../../../../activities/sinks/mapping/posthog.ts';
import { eventsOf, firstOf } from './mapped.ts';
import { bareObservation, fullObservation, fullScore, fullTrace, NOW } from './rows.ts';

const options = {
  projectId: 'proj-1',
  style: 'ai',
  includeIo: true,
  baseUrl: 'https://langfuse.example.com/',
  now: NOW,
} as const;

describe('PostHog, style ai', () => {
  it('makes $ai_generation of a generation, with every column', () => {
    expect(eventsOf(mapPostHog({ source: 'events', row: fullObservation() }, options))).toEqual([
      {
        event: '$ai_generation',
        distinctId: 'user-1',
        uuid: 'd63f9996-b557-5ca4-ae97-731601a6659a',
        timestamp: '2026-03-01T12:34:56.123Z',
        batchKey: 'recent',
        bytes: expect.any(Number),
        properties: {
          $ai_trace_id: 'trace-1',
          $ai_session_id: 'session-1',
          $ai_span_id: 'obs-1',
          $ai_span_name: 'answer',
          $ai_parent_id: 'obs-0',
          $ai_model: 'gpt-5-mini',
          $ai_provider: 'openai',
          $ai_model_parameters: { temperature: 0.5 },
          $ai_tools: [
            {
              type: 'function',
              function: { name: 'lookup', description: 'Finds birds', parameters: { type: 'object' } },
            },
          ],
          $ai_input: [{ role: 'user', content: 'What is a heron?' }],
          $ai_output_choices: [{ role: 'assistant', content: 'A bird.' }],
          $ai_input_tokens: 135,
          $ai_output_tokens: 40,
          $ai_total_tokens: 175,
          $ai_reasoning_tokens: 20,
          $ai_cache_read_input_tokens: 30,
          $ai_cache_creation_input_tokens: 5,
          $ai_input_cost_usd: 0.25,
          $ai_output_cost_usd: 0.5,
          $ai_total_cost_usd: 0.75,
          $ai_latency: 1.5,
          $ai_time_to_first_token: 0.25,
          $ai_is_error: true,
          $ai_error: 'rate limited',
          $session_id: 'web-session-1',
          $ignore_sent_at: true,
          langfuse_project_id: 'proj-1',
          langfuse_url: 'https://langfuse.example.com/project/proj-1/traces/trace-1?observation=obs-1',
          langfuse_user_url: 'https://langfuse.example.com/project/proj-1/users/user-1',
          langfuse_user_id: 'user-1',
          langfuse_type: 'GENERATION',
          langfuse_level: 'ERROR',
          langfuse_status_message: 'rate limited',
          langfuse_environment: 'production',
          langfuse_version: '1.2.3',
          langfuse_release: '2026.3',
          langfuse_trace_name: 'conversation',
          langfuse_tags: ['beta', 'birds'],
          langfuse_model_id: 'model-1',
          langfuse_pricing_tier: 'Standard',
          langfuse_pricing_tier_id: 'tier-1',
          langfuse_prompt_id: 'prompt-1',
          langfuse_prompt_name: 'support',
          langfuse_prompt_version: 3,
          langfuse_tool_call_names: ['lookup'],
          langfuse_tool_calls: ['{"name":"lookup","arguments":"{}"}'],
          langfuse_experiment_id: 'exp-1',
          langfuse_experiment_name: 'birds',
          langfuse_experiment_dataset_id: 'dataset-1',
          langfuse_experiment_item_id: 'item-1',
          langfuse_metadata: { ls_provider: 'openai', plan: 'team' },
        },
      },
    ]);
  });

  it('makes nothing of columns that are not there, and an anonymous event without a user', () => {
    const row = bareObservation();
    expect(firstOf(mapPostHog({ source: 'observations', row }, { ...options, includeIo: false, baseUrl: '' }))).toEqual(
      {
        event: '$ai_span',
        distinctId: 'trace-1',
        uuid: '0809131d-c0a6-57e3-ae1d-16fad6d3ef23',
        timestamp: '2026-03-01T12:34:56.123Z',
        batchKey: 'recent',
        bytes: expect.any(Number),
        properties: {
          $ai_trace_id: 'trace-1',
          $ai_span_id: 'obs-1',
          $ignore_sent_at: true,
          $process_person_profile: false,
          langfuse_project_id: 'proj-1',
          langfuse_type: 'SPAN',
        },
      },
    );
  });

  it.each(['SPAN', 'EVENT', 'AGENT', 'TOOL', 'CHAIN', 'RETRIEVER', 'EVALUATOR', 'GUARDRAIL', null])(
    'makes $ai_span of the type %s, input and output as states',
    (type) => {
      const row = fullObservation({ type, input: '{"query":"heron"}', input_length: 17, level: 'DEFAULT' });
      const { event, properties } = firstOf(mapPostHog({ source: 'observations', row }, options));
      expect(event).toBe('$ai_span');
      expect(properties).toMatchObject({ $ai_input_state: { query: 'heron' }, $ai_output_state: 'A bird.' });
      expect(properties).toMatchObject({ $ai_is_error: false, langfuse_status_message: 'rate limited' });
      for (const name of ['$ai_input', '$ai_output_choices', '$ai_error']) expect(properties).not.toHaveProperty(name);
    },
  );

  it('makes $ai_embedding of an embedding, its input a text or a list of texts', () => {
    const inputOf = (input: string) => {
      const row = fullObservation({ type: 'EMBEDDING', input, input_length: input.length, output: null });
      const { event, properties } = firstOf(mapPostHog({ source: 'events', row }, options));
      expect(event).toBe('$ai_embedding');
      expect(properties).not.toHaveProperty('$ai_output_choices');
      return properties.$ai_input;
    };
    expect(inputOf('heron')).toBe('heron');
    expect(inputOf('["heron","stork"]')).toEqual(['heron', 'stork']);
  });

  it.each([null, ''])('makes $ai_span of a generation whose model is %j, which PostHog would discard', (model) => {
    const row = fullObservation({ provided_model_name: model });
    const { event, properties } = firstOf(mapPostHog({ source: 'events', row }, options));
    expect(event).toBe('$ai_span');
    expect(properties).not.toHaveProperty('$ai_model');
    expect(properties).toMatchObject({ $ai_input_tokens: 135, langfuse_type: 'GENERATION' });
  });

  it('makes $ai_trace of a root row in addition, with the root below its trace', () => {
    const row = fullObservation({ type: 'AGENT', is_root_observation: true, parent_observation_id: 'elsewhere' });
    const [span, trace, ...others] = eventsOf(mapPostHog({ source: 'events', row }, options));
    expect(others).toEqual([]);
    expect(span?.event).toBe('$ai_span');
    expect(span?.properties.$ai_parent_id).toBe('trace-1');
    expect(trace).toEqual({
      event: '$ai_trace',
      distinctId: 'user-1',
      uuid: '4ee4edcd-3eca-5a95-8f35-81d49bcdc355',
      timestamp: '2026-03-01T12:34:56.123Z',
      batchKey: 'recent',
      bytes: expect.any(Number),
      properties: {
        $ai_trace_id: 'trace-1',
        $ai_span_id: 'trace-1',
        $ai_session_id: 'session-1',
        $ai_span_name: 'conversation',
        $ai_latency: 1.5,
        $ai_is_error: true,
        $ai_error: 'rate limited',
        $ai_input_state: [{ role: 'user', content: 'What is a heron?' }],
        $ai_output_state: 'A bird.',
        $session_id: 'web-session-1',
        $ignore_sent_at: true,
        langfuse_project_id: 'proj-1',
        langfuse_url: 'https://langfuse.example.com/project/proj-1/traces/trace-1',
        langfuse_user_url: 'https://langfuse.example.com/project/proj-1/users/user-1',
        langfuse_user_id: 'user-1',
        langfuse_level: 'ERROR',
        langfuse_status_message: 'rate limited',
        langfuse_environment: 'production',
        langfuse_version: '1.2.3',
        langfuse_release: '2026.3',
        langfuse_tags: ['beta', 'birds'],
        langfuse_metadata: { ls_provider: 'openai', plan: 'team' },
      },
    });
  });

  it('names the trace of a root row without a trace name as the root', () => {
    const row = bareObservation({ name: 'root', is_root_observation: true });
    const [, trace] = eventsOf(mapPostHog({ source: 'events', row }, options));
    expect(trace?.properties.$ai_span_name).toBe('root');
  });

  it('makes $ai_trace of a legacy trace', () => {
    expect(firstOf(mapPostHog({ source: 'traces', row: fullTrace() }, options))).toEqual({
      event: '$ai_trace',
      distinctId: 'user-1',
      uuid: '42e9f40a-6626-5247-9820-1eb28d99bfb6',
      timestamp: '2026-03-01T12:34:56.123Z',
      batchKey: 'recent',
      bytes: expect.any(Number),
      properties: {
        $ai_trace_id: 'trace-1',
        $ai_span_id: 'trace-1',
        $ai_session_id: 'session-1',
        $ai_span_name: 'conversation',
        $ai_input_state: { question: 'What is a heron?' },
        $ai_output_state: 'A bird.',
        $session_id: 'web-session-1',
        $ignore_sent_at: true,
        langfuse_project_id: 'proj-1',
        langfuse_url: 'https://langfuse.example.com/project/proj-1/traces/trace-1',
        langfuse_user_url: 'https://langfuse.example.com/project/proj-1/users/user-1',
        langfuse_user_id: 'user-1',
        langfuse_environment: 'production',
        langfuse_version: '1.2.3',
        langfuse_release: '2026.3',
        langfuse_tags: ['beta'],
        langfuse_metadata: { plan: 'team' },
      },
    });
  });

  it('makes $ai_metric of a score, its value as text', () => {
    expect(firstOf(mapPostHog({ source: 'scores', row: fullScore() }, options))).toEqual({
      event: '$ai_metric',
      distinctId: 'trace-1',
      uuid: '99152eea-bfe2-5c72-92f2-1d5b2ed2af61',
      timestamp: '2026-03-01T12:34:56.123Z',
      batchKey: 'recent',
      bytes: expect.any(Number),
      properties: {
        $ai_trace_id: 'trace-1',
        $ai_session_id: 'session-1',
        $ai_parent_id: 'obs-1',
        $ai_metric_name: 'helpfulness',
        $ai_metric_value: '0.5',
        $session_id: 'web-session-1',
        $ignore_sent_at: true,
        $process_person_profile: false,
        langfuse_project_id: 'proj-1',
        langfuse_url: 'https://langfuse.example.com/project/proj-1/traces/trace-1?observation=obs-1',
        langfuse_environment: 'production',
        langfuse_observation_id: 'obs-1',
        langfuse_score_value: 0.5,
        langfuse_score_data_type: 'NUMERIC',
        langfuse_score_source: 'EVAL',
        langfuse_score_comment: 'half right',
        langfuse_score_author_user_id: 'member-1',
        langfuse_score_config_id: 'config-1',
        langfuse_score_queue_id: 'queue-1',
        langfuse_dataset_run_id: 'run-1',
        langfuse_score_metadata: { judge: 'v2' },
      },
    });
  });

  it.each([
    ['the number 0', { value: 0, string_value: null }, '0'],
    ['a category', { value: null, string_value: 'good' }, 'good'],
    ['no value', { value: null, string_value: null }, undefined],
    ['a number that is none', { value: Number.NaN, string_value: null }, undefined],
  ])('gives a score with %s the metric value that PostHog shows', (_, values, expected) => {
    const { properties } = firstOf(mapPostHog({ source: 'scores', row: fullScore(values) }, options));
    expect(properties.$ai_metric_value).toBe(expected);
  });

  it('gives a score of a session its session as distinct id and link', () => {
    const row = fullScore({ trace_id: null, observation_id: null });
    const { distinctId, properties } = firstOf(mapPostHog({ source: 'scores', row }, options));
    expect(distinctId).toBe('session-1');
    expect(properties).not.toHaveProperty('$ai_trace_id');
    expect(properties.langfuse_url).toBe('https://langfuse.example.com/project/proj-1/sessions/session-1');
  });
});

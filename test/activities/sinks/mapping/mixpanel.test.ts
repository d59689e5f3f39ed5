import { describe, expect, it } from 'vitest';
import { mapMixpanel } from '../../../../activities/sinks/mapping/mixpanel.ts';
import { eventsOf, firstOf, readMixpanel } from './mapped.ts';
import { bareObservation, fullObservation, fullScore, fullTrace, NOW } from './rows.ts';

const options = {
  projectId: 'proj-1',
  style: 'ai',
  includeIo: true,
  baseUrl: 'https://langfuse.example.com',
  now: NOW,
} as const;
const langfuse = { ...options, style: 'langfuse' } as const;

const TIME = Date.parse('2026-03-01T12:34:56.123Z');

/** Beside what the style says. */
const envelope = {
  time: TIME,
  distinct_id: 'user-1',
  $user_id: 'user-1',
  $insert_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
  ip: 0,
  session_id: 'web-session-1',
};

const observationContext = {
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
};

const traceContext = {
  langfuse_project_id: 'proj-1',
  langfuse_url: 'https://langfuse.example.com/project/proj-1/traces/trace-1',
  langfuse_user_url: 'https://langfuse.example.com/project/proj-1/users/user-1',
  langfuse_user_id: 'user-1',
  langfuse_environment: 'production',
  langfuse_version: '1.2.3',
  langfuse_release: '2026.3',
};

const scoreContext = {
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
};

describe('Mixpanel, style ai', () => {
  it('makes ai_generation of a generation, with every column', () => {
    const event = firstOf(mapMixpanel({ source: 'events', row: fullObservation() }, options));
    expect(event.insertId).toBe('8444a661-726e-58f1-a4bf-fa0a68c09650');
    expect(readMixpanel(event.json)).toEqual({
      event: 'ai_generation',
      properties: {
        ...envelope,
        ...observationContext,
        $insert_id: '8444a661-726e-58f1-a4bf-fa0a68c09650',
        ai_trace_id: 'trace-1',
        ai_session_id: 'session-1',
        ai_span_id: 'obs-1',
        ai_span_name: 'answer',
        ai_parent_id: 'obs-0',
        ai_model: 'gpt-5-mini',
        ai_provider: 'openai',
        ai_model_parameters: '{"temperature":0.5}',
        ai_tools: ['lookup'],
        ai_input: '[{"role":"user","content":"What is a heron?"}]',
        ai_output: 'A bird.',
        ai_input_tokens: 135,
        ai_output_tokens: 40,
        ai_total_tokens: 175,
        ai_reasoning_tokens: 20,
        ai_cache_read_input_tokens: 30,
        ai_cache_creation_input_tokens: 5,
        ai_input_cost_usd: 0.25,
        ai_output_cost_usd: 0.5,
        ai_total_cost_usd: 0.75,
        ai_latency: 1.5,
        ai_time_to_first_token: 0.25,
        ai_is_error: true,
        ai_error: 'rate limited',
      },
    });
  });

  it('makes an event without a user of a bare row', () => {
    const { json } = firstOf(mapMixpanel({ source: 'observations', row: bareObservation() }, options));
    expect(readMixpanel(json)).toEqual({
      event: 'ai_span',
      properties: {
        time: TIME,
        distinct_id: '',
        $insert_id: expect.any(String),
        ip: 0,
        ai_trace_id: 'trace-1',
        ai_span_id: 'obs-1',
        langfuse_project_id: 'proj-1',
        langfuse_url: 'https://langfuse.example.com/project/proj-1/traces/trace-1?observation=obs-1',
        langfuse_type: 'SPAN',
      },
    });
  });

  it.each(['SPAN', 'EVENT', 'AGENT', 'TOOL', 'CHAIN', 'RETRIEVER', 'EVALUATOR', 'EMBEDDING', 'GUARDRAIL', null])(
    'makes ai_span of the type %s',
    (type) => {
      const { json } = firstOf(mapMixpanel({ source: 'events', row: fullObservation({ type }) }, options));
      expect(readMixpanel(json).event).toBe('ai_span');
    },
  );

  it('makes ai_trace of a root row in addition, under an insert id of its own', () => {
    const row = fullObservation({ is_root_observation: true });
    const [generation, trace] = eventsOf(mapMixpanel({ source: 'events', row }, options));
    expect(readMixpanel(generation?.json ?? '').event).toBe('ai_generation');
    expect(trace?.insertId).not.toBe(generation?.insertId);
    expect(readMixpanel(trace?.json ?? '')).toEqual({
      event: 'ai_trace',
      properties: {
        ...envelope,
        ...traceContext,
        ai_trace_id: 'trace-1',
        ai_span_id: 'trace-1',
        ai_session_id: 'session-1',
        ai_span_name: 'conversation',
        ai_latency: 1.5,
        ai_is_error: true,
        ai_error: 'rate limited',
        ai_input: '[{"role":"user","content":"What is a heron?"}]',
        ai_output: 'A bird.',
        langfuse_level: 'ERROR',
        langfuse_status_message: 'rate limited',
        langfuse_tags: ['beta', 'birds'],
        langfuse_metadata: { ls_provider: 'openai', plan: 'team' },
      },
    });
  });

  it('makes ai_trace of a legacy trace', () => {
    const { json } = firstOf(mapMixpanel({ source: 'traces', row: fullTrace() }, options));
    expect(readMixpanel(json)).toEqual({
      event: 'ai_trace',
      properties: {
        ...envelope,
        ...traceContext,
        ai_trace_id: 'trace-1',
        ai_span_id: 'trace-1',
        ai_session_id: 'session-1',
        ai_span_name: 'conversation',
        ai_input: '{"question":"What is a heron?"}',
        ai_output: 'A bird.',
        langfuse_tags: ['beta'],
        langfuse_metadata: { plan: 'team' },
      },
    });
  });

  it('makes ai_metric of a score', () => {
    const { json } = firstOf(mapMixpanel({ source: 'scores', row: fullScore() }, options));
    const { $user_id: _, ...anonymous } = envelope;
    expect(readMixpanel(json)).toEqual({
      event: 'ai_metric',
      properties: {
        ...anonymous,
        ...scoreContext,
        distinct_id: '',
        ai_trace_id: 'trace-1',
        ai_session_id: 'session-1',
        ai_parent_id: 'obs-1',
        ai_metric_name: 'helpfulness',
        ai_metric_value: '0.5',
      },
    });
  });
});

describe('Mixpanel, style langfuse', () => {
  it('makes "[Langfuse] Generation" of a generation, with every column', () => {
    const { json } = firstOf(mapMixpanel({ source: 'events', row: fullObservation() }, langfuse));
    expect(readMixpanel(json)).toEqual({
      event: '[Langfuse] Generation',
      properties: {
        ...envelope,
        ...observationContext,
        langfuse_id: 'obs-1',
        langfuse_observation_name: 'answer',
        langfuse_parent_observation_id: 'obs-0',
        langfuse_trace_id: 'trace-1',
        langfuse_session_id: 'session-1',
        langfuse_model: 'gpt-5-mini',
        langfuse_model_parameters: '{"temperature":0.5}',
        langfuse_cost_usd: 0.75,
        langfuse_input_units: 135,
        langfuse_output_units: 40,
        langfuse_total_units: 175,
        langfuse_latency: 1.5,
        langfuse_time_to_first_token: 0.25,
        langfuse_tool_names: ['lookup'],
        langfuse_input: '[{"role":"user","content":"What is a heron?"}]',
        langfuse_output: 'A bird.',
        langfuse_event_version: '1.0.0',
      },
    });
  });

  it('names events as the integration of Langfuse does', () => {
    const namesOf = (...sources: Parameters<typeof mapMixpanel>[0][]) =>
      sources.flatMap((source) => eventsOf(mapMixpanel(source, langfuse)).map(({ json }) => readMixpanel(json).event));
    expect(
      namesOf(
        { source: 'events', row: fullObservation({ type: 'TOOL', is_root_observation: true }) },
        { source: 'observations', row: bareObservation({ type: 'EMBEDDING' }) },
        { source: 'traces', row: fullTrace() },
        { source: 'scores', row: fullScore() },
      ),
    ).toEqual([
      '[Langfuse] Observation',
      '[Langfuse] Trace',
      '[Langfuse] Observation',
      '[Langfuse] Trace',
      '[Langfuse] Score',
    ]);
  });

  it('makes "[Langfuse] Score" of a score', () => {
    const { json } = firstOf(mapMixpanel({ source: 'scores', row: fullScore() }, langfuse));
    const { $user_id: _, ...anonymous } = envelope;
    expect(readMixpanel(json).properties).toEqual({
      ...anonymous,
      ...scoreContext,
      distinct_id: '',
      langfuse_id: 'score-1',
      langfuse_score_name: 'helpfulness',
      langfuse_trace_id: 'trace-1',
      langfuse_session_id: 'session-1',
      langfuse_event_version: '1.0.0',
    });
  });
});

describe('Mixpanel', () => {
  it('takes the session of the row where the metadata names none', () => {
    const row = fullObservation({ vendor_session_id: '' });
    const { json } = firstOf(mapMixpanel({ source: 'events', row }, options));
    expect(readMixpanel(json).properties.session_id).toBe('session-1');
  });

  it('sends neither input nor output nor arguments of tool calls unless asked to', () => {
    const row = fullObservation({ is_root_observation: true, input: 'heron-in', output: 'heron-out' });
    row.tool_calls = ['heron-call'];
    for (const style of ['ai', 'langfuse'] as const) {
      const events = eventsOf(mapMixpanel({ source: 'events', row }, { ...options, style, includeIo: false }));
      expect(JSON.stringify(events)).not.toContain('heron');
    }
  });

  it('cuts long texts to 255 bytes and counts them, the marker telling how long they were', () => {
    const row = bareObservation({
      name: 'é'.repeat(400),
      input: 'x'.repeat(300),
      input_length: 5_000_000,
      metadata: { note: 'n'.repeat(256), short: 's'.repeat(255) },
    });
    const { properties } = readMixpanel(firstOf(mapMixpanel({ source: 'events', row }, options)).json);
    expect(properties).toMatchObject({
      ai_span_name: `${'é'.repeat(115)}… [cut: 400 characters]`,
      ai_input: `${'x'.repeat(226)}… [cut: 5000000 characters]`,
      langfuse_metadata: { note: `${'n'.repeat(230)}… [cut: 256 characters]`, short: 's'.repeat(255) },
      langfuse_cut_texts: 3,
    });
  });

  it('marks a text that the query has cut once, however short it is', () => {
    const row = bareObservation({ input: 'x'.repeat(250), input_length: 900, output: 'short', output_length: 800 });
    const { properties } = readMixpanel(firstOf(mapMixpanel({ source: 'events', row }, options)).json);
    expect(properties).toMatchObject({
      ai_input: `${'x'.repeat(230)}… [cut: 900 characters]`,
      ai_output: 'short… [cut: 800 characters]',
      langfuse_cut_texts: 2,
    });
  });

  it('shortens lists and metadata, and says how many entries there were', () => {
    const row = bareObservation({
      tags: Array.from({ length: 1000 }, (_, index) => `t${index}`),
      metadata: Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`key${index}`, 'v'])),
    });
    const { properties } = readMixpanel(firstOf(mapMixpanel({ source: 'events', row }, options)).json);
    expect(properties).toMatchObject({ langfuse_tags_count: 1000, langfuse_metadata_count: 300 });
    expect(properties.langfuse_tags).toHaveLength(254);
    expect(Object.keys(properties.langfuse_metadata ?? {})).toHaveLength(150);
    expect(properties).not.toHaveProperty('langfuse_cut_texts');
  });

  it('keeps metadata below 8 kB, from its beginning', () => {
    const metadata = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`key ${index}`, 'v'.repeat(200)]));
    const { json } = firstOf(mapMixpanel({ source: 'events', row: bareObservation({ metadata }) }, options));
    const { properties } = readMixpanel(json);
    const kept = Object.keys(properties.langfuse_metadata ?? {});
    expect(kept).toEqual(Object.keys(metadata).slice(0, 37));
    expect(properties.langfuse_metadata_count).toBe(60);
  });

  it('keeps the first of names that are the same once cut, and names that are special to JavaScript', () => {
    const long = 'k'.repeat(300);
    const metadata = { [`${long}1`]: 'first', [`${long}2`]: 'second', ['__proto__']: 'kept' };
    const { json } = firstOf(mapMixpanel({ source: 'events', row: bareObservation({ metadata }) }, options));
    const { properties } = readMixpanel(json);
    expect(json).toContain(
      `"langfuse_metadata":{"${'k'.repeat(230)}… [cut: 301 characters]":"first","__proto__":"kept"}`,
    );
    expect(properties.langfuse_metadata_count).toBe(3);
  });
});

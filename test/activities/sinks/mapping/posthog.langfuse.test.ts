import { describe, expect, it } from 'vitest';
import { mapPostHog } from '../../../../activities/sinks/mapping/posthog.ts';
import { eventsOf, firstOf } from './mapped.ts';
import { bareObservation, fullObservation, fullScore, fullTrace, NOW } from './rows.ts';

const options = {
  projectId: 'proj-1',
  style: 'langfuse',
  includeIo: true,
  baseUrl: 'https://langfuse.example.com',
  now: NOW,
} as const;

describe('PostHog, style langfuse', () => {
  it('makes "langfuse generation" of a generation, with every column', () => {
    expect(eventsOf(mapPostHog({ source: 'events', row: fullObservation() }, options))).toEqual([
      {
        event: 'langfuse generation',
        distinctId: 'user-1',
        uuid: '0927ea57-66c2-55b7-b911-f247905c8130',
        timestamp: '2026-03-01T12:34:56.123Z',
        batchKey: 'recent',
        bytes: expect.any(Number),
        properties: {
          $session_id: 'web-session-1',
          $ignore_sent_at: true,
          langfuse_id: 'obs-1',
          langfuse_observation_name: 'answer',
          langfuse_parent_observation_id: 'obs-0',
          langfuse_trace_id: 'trace-1',
          langfuse_trace_name: 'conversation',
          langfuse_session_id: 'session-1',
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
          langfuse_tags: ['beta', 'birds'],
          langfuse_model: 'gpt-5-mini',
          langfuse_model_id: 'model-1',
          langfuse_model_parameters: '{"temperature":0.5}',
          langfuse_pricing_tier: 'Standard',
          langfuse_pricing_tier_id: 'tier-1',
          langfuse_cost_usd: 0.75,
          langfuse_input_units: 135,
          langfuse_output_units: 40,
          langfuse_total_units: 175,
          langfuse_latency: 1.5,
          langfuse_time_to_first_token: 0.25,
          langfuse_prompt_id: 'prompt-1',
          langfuse_prompt_name: 'support',
          langfuse_prompt_version: 3,
          langfuse_tool_names: ['lookup'],
          langfuse_tool_call_names: ['lookup'],
          langfuse_tool_calls: ['{"name":"lookup","arguments":"{}"}'],
          langfuse_experiment_id: 'exp-1',
          langfuse_experiment_name: 'birds',
          langfuse_experiment_dataset_id: 'dataset-1',
          langfuse_experiment_item_id: 'item-1',
          langfuse_metadata: { ls_provider: 'openai', plan: 'team' },
          langfuse_input: '[{"role":"user","content":"What is a heron?"}]',
          langfuse_output: 'A bird.',
          langfuse_event_version: '1.0.0',
        },
      },
    ]);
  });

  it('makes nothing of columns that are not there', () => {
    const { baseUrl: _, ...withoutLinks } = options;
    expect(firstOf(mapPostHog({ source: 'observations', row: bareObservation() }, withoutLinks)).properties).toEqual({
      $ignore_sent_at: true,
      $process_person_profile: false,
      langfuse_id: 'obs-1',
      langfuse_trace_id: 'trace-1',
      langfuse_project_id: 'proj-1',
      langfuse_type: 'SPAN',
      langfuse_event_version: '1.0.0',
    });
  });

  it.each(['SPAN', 'EVENT', 'AGENT', 'TOOL', 'CHAIN', 'RETRIEVER', 'EVALUATOR', 'EMBEDDING', 'GUARDRAIL', null])(
    'makes "langfuse observation" of the type %s',
    (type) => {
      const row = fullObservation({ type });
      expect(firstOf(mapPostHog({ source: 'observations', row }, options)).event).toBe('langfuse observation');
    },
  );

  it('makes "langfuse trace" of a root row in addition', () => {
    const row = fullObservation({ is_root_observation: true });
    const [observation, trace] = eventsOf(mapPostHog({ source: 'events', row }, options));
    expect(observation?.event).toBe('langfuse generation');
    expect(trace?.event).toBe('langfuse trace');
    expect(trace?.properties).toEqual({
      $session_id: 'web-session-1',
      $ignore_sent_at: true,
      langfuse_id: 'trace-1',
      langfuse_trace_id: 'trace-1',
      langfuse_trace_name: 'conversation',
      langfuse_session_id: 'session-1',
      langfuse_latency: 1.5,
      langfuse_input: '[{"role":"user","content":"What is a heron?"}]',
      langfuse_output: 'A bird.',
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
      langfuse_event_version: '1.0.0',
    });
  });

  it('makes "langfuse trace" of a legacy trace', () => {
    const { event, distinctId, properties } = firstOf(mapPostHog({ source: 'traces', row: fullTrace() }, options));
    expect({ event, distinctId }).toEqual({ event: 'langfuse trace', distinctId: 'user-1' });
    expect(properties).toEqual({
      $session_id: 'web-session-1',
      $ignore_sent_at: true,
      langfuse_id: 'trace-1',
      langfuse_trace_id: 'trace-1',
      langfuse_trace_name: 'conversation',
      langfuse_session_id: 'session-1',
      langfuse_input: '{"question":"What is a heron?"}',
      langfuse_output: 'A bird.',
      langfuse_project_id: 'proj-1',
      langfuse_url: 'https://langfuse.example.com/project/proj-1/traces/trace-1',
      langfuse_user_url: 'https://langfuse.example.com/project/proj-1/users/user-1',
      langfuse_user_id: 'user-1',
      langfuse_environment: 'production',
      langfuse_version: '1.2.3',
      langfuse_release: '2026.3',
      langfuse_tags: ['beta'],
      langfuse_metadata: { plan: 'team' },
      langfuse_event_version: '1.0.0',
    });
  });

  it('makes "langfuse score" of a score', () => {
    const row = fullScore({ value: 1, string_value: 'True', data_type: 'BOOLEAN' });
    const { event, properties } = firstOf(mapPostHog({ source: 'scores', row }, options));
    expect(event).toBe('langfuse score');
    expect(properties).toEqual({
      $session_id: 'web-session-1',
      $ignore_sent_at: true,
      $process_person_profile: false,
      langfuse_id: 'score-1',
      langfuse_score_name: 'helpfulness',
      langfuse_score_value: 1,
      langfuse_score_string_value: 'True',
      langfuse_score_data_type: 'BOOLEAN',
      langfuse_score_source: 'EVAL',
      langfuse_score_comment: 'half right',
      langfuse_score_author_user_id: 'member-1',
      langfuse_score_config_id: 'config-1',
      langfuse_score_queue_id: 'queue-1',
      langfuse_dataset_run_id: 'run-1',
      langfuse_score_metadata: { judge: 'v2' },
      langfuse_trace_id: 'trace-1',
      langfuse_observation_id: 'obs-1',
      langfuse_session_id: 'session-1',
      langfuse_project_id: 'proj-1',
      langfuse_url: 'https://langfuse.example.com/project/proj-1/traces/trace-1?observation=obs-1',
      langfuse_environment: 'production',
      langfuse_event_version: '1.0.0',
    });
  });

  it('sends neither input nor output nor arguments of tool calls unless asked to', () => {
    for (const style of ['ai', 'langfuse'] as const) {
      const row = fullObservation({ is_root_observation: true, input: 'heron-in', output: 'heron-out' });
      row.tool_calls = ['heron-call'];
      const events = eventsOf(mapPostHog({ source: 'events', row }, { ...options, style, includeIo: false }));
      expect(JSON.stringify(events)).not.toContain('heron');
    }
  });
});

/**
 * Rows as event sinks read them: what a JSONL file of the source would hold, with texts of input and output cut short. A column is
 * absent when its group is not chosen. Times are ISO text in UTC with microseconds; 64-bit numbers and decimals have become doubles.
 */

/** One observation, of `events` or of the legacy table `observations`. */
export interface ObservationRow {
  // core, always there
  id: string;
  trace_id: string;
  project_id: string;
  start_time: string;
  end_time: string | null;
  parent_observation_id: string | null;
  /** SPAN, EVENT, GENERATION, AGENT, TOOL, CHAIN, RETRIEVER, EVALUATOR, EMBEDDING, GUARDRAIL. */
  type: string | null;
  event_ts: string;
  /** From the metadata `$posthog_session_id` or `$mixpanel_session_id`, whichever the vendor is; '' without it. */
  vendor_session_id: string;

  // basic, always there; the legacy table lacks what is optional here
  name: string;
  level: string | null;
  status_message: string | null;
  version: string | null;
  environment: string | null;
  bookmarked?: boolean;
  public?: boolean;
  user_id?: string | null;
  session_id?: string | null;
  is_root_observation?: boolean;

  // time
  completion_start_time?: string | null;
  created_at?: string;
  updated_at?: string;

  // io: only where the destination says `includeIo`; the lengths in characters tell of what the query has cut away
  input?: string | null;
  output?: string | null;
  input_length?: number;
  output_length?: number;

  // metadata
  metadata?: Record<string, string>;

  // model
  provided_model_name?: string | null;
  model_id?: string | null;
  /** JSON text. */
  model_parameters?: string | null;

  // usage: counts and US dollars by kind, such as input, output, total, input_cache_read
  usage_details?: Record<string, number>;
  cost_details?: Record<string, number>;
  total_cost?: number | null;
  usage_pricing_tier_id?: string | null;
  usage_pricing_tier_name?: string | null;

  // prompt
  prompt_id?: string | null;
  prompt_name?: string | null;
  prompt_version?: number | null;

  // metrics, in milliseconds
  latency_ms?: number | null;
  time_to_first_token_ms?: number | null;

  // trace_context
  tags?: string[];
  release?: string | null;
  trace_name?: string | null;

  // tools: definitions by name, as JSON text
  tool_definitions?: Record<string, string>;
  tool_calls?: string[];
  tool_call_names?: string[];

  // experiment
  experiment_id?: string | null;
  experiment_name?: string | null;
  experiment_dataset_id?: string | null;
  experiment_item_id?: string | null;
}

/** One row of the legacy table `traces`. */
export interface TraceRow {
  id: string;
  timestamp: string;
  project_id: string;
  event_ts: string;
  vendor_session_id: string;
  name: string;
  user_id: string | null;
  session_id: string | null;
  version: string | null;
  environment: string | null;
  bookmarked: boolean;
  public: boolean;
  created_at?: string;
  updated_at?: string;
  input?: string | null;
  output?: string | null;
  input_length?: number;
  output_length?: number;
  metadata?: Record<string, string>;
  tags?: string[];
  release?: string | null;
}

/** One row of the legacy table `scores`. */
export interface ScoreRow {
  id: string;
  timestamp: string;
  project_id: string;
  event_ts: string;
  vendor_session_id: string;
  trace_id: string | null;
  session_id: string | null;
  observation_id: string | null;
  name: string;
  value: number | null;
  string_value: string | null;
  /** NUMERIC, CATEGORICAL, BOOLEAN … */
  data_type: string | null;
  /** API, EVAL, ANNOTATION … */
  source: string | null;
  comment: string | null;
  environment: string | null;
  author_user_id?: string | null;
  config_id?: string | null;
  queue_id?: string | null;
  dataset_run_id?: string | null;
  created_at?: string;
  updated_at?: string;
  metadata?: Record<string, string>;
}

/** A row of any source. */
export type SinkRow =
  | { source: 'events' | 'observations'; row: ObservationRow }
  | { source: 'traces'; row: TraceRow }
  | { source: 'scores'; row: ScoreRow };

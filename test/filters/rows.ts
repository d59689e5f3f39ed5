/** Rows of the events table for tests of filters: few, but every column takes many values, hostile ones too. */

export const TEXTS = [
  '',
  'plain',
  'Plain',
  "O'Brien",
  '100%',
  '%',
  '_',
  'a_b',
  'axb',
  'back\\slash\\',
  '\\N',
  '"quoted", `ticked`',
  'thumb 👍🏽 up',
  'Äußere Straße',
  'line\nbreak\ttab\r',
  'nul\0nul',
  `'; DROP TABLE events_full; --`,
  '{f0:String}',
  '42',
  '-1.5e3',
] as const;

const STARTS = [
  '2026-03-01 10:00:00.000000',
  '2026-03-01 10:00:00.000001',
  '2026-03-01 10:00:59.999999',
  '2026-04-02 00:00:00.500000',
  '1900-01-02 03:04:05.000006',
  '1969-12-31 23:59:59.999999',
  '1970-01-01 00:00:00.000000',
  '2106-02-07 06:28:16.000000',
  '2250-01-01 00:00:00.123456',
  '2299-12-31 23:59:59.999999',
];

const USAGE: Array<Record<string, number>> = [
  {},
  { input: 10, output: 5, total: 15 },
  { input: 10, input_cache_read: 3, INPUT_audio: 4, output: 0 },
  { total: 99 },
  { output: 7, reasoning_output: 2, other: 1 },
  { input: 2 ** 53, output: 2 ** 53 },
];

const COSTS: Array<Record<string, number>> = [
  {},
  { input: 0.1, output: 0.2, total: 0.3 },
  { input: 0.1, input_cached: 0.2, Output: 0.000000000001 },
  { total: 12345.678 },
];

/** Text of a row's column, as it stands in the table. */
const TEXT_COLUMNS = [
  ...['trace_id', 'name', 'type', 'environment', 'version', 'release', 'user_id', 'session_id', 'trace_name', 'level'],
  ...['status_message', 'prompt_name', 'model_id', 'provided_model_name', 'input', 'output', 'experiment_dataset_id'],
  ...['experiment_id', 'experiment_name', 'ingestion_api_key', 'ingestion_sdk_name', 'ingestion_sdk_version', 'source'],
];

export interface Row {
  project_id: string;
  span_id: string;
  parent_span_id: string;
  start_time: string;
  end_time: string | null;
  completion_start_time: string | null;
  texts: Record<string, string>;
  /** Of a score. */
  value?: number;
  prompt_version: number | null;
  usage_details: Record<string, number>;
  cost_details: Record<string, number>;
  tags: string[];
  tool_definitions: Record<string, string>;
  tool_calls: string[];
  tool_call_names: string[];
  metadata_names: string[];
  metadata_values: string[];
  is_app_root: boolean;
  bookmarked: boolean;
  public: boolean;
}

function pick<T>(values: readonly T[], index: number): T {
  const value = values[index % values.length];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}

/** `count` rows; columns walk through their values at paces of their own. */
export function rowsOf(projectId: string, count = 3 * TEXTS.length): Row[] {
  return Array.from({ length: count }, (_, at) => {
    const start = pick(STARTS, at * 3);
    const text = (shift: number) => pick(TEXTS, at + shift);
    const later = (micros: number) => plusMicros(start, micros);
    return {
      project_id: projectId,
      span_id: `${text(0)}#${at}`,
      parent_span_id: at % 3 === 0 ? '' : 'parent',
      start_time: start,
      end_time: at % 4 === 0 ? null : later(pick([1_500_000, 0, 2_500_001, -3], at)),
      completion_start_time: at % 5 === 0 ? null : later(pick([250_000, 1, 60_000_000], at)),
      texts: Object.fromEntries(TEXT_COLUMNS.map((name, nth) => [name, text(nth * 7)])),
      prompt_version: at % 4 === 1 ? null : pick([0, 1, 65535], at),
      usage_details: pick(USAGE, at),
      cost_details: pick(COSTS, at),
      tags: pick([[], ['plain'], ['plain', text(1)], [text(2), text(3), text(2)]], at),
      tool_definitions: at % 3 === 0 ? {} : { [text(4)]: '{}', search: '{}' },
      tool_calls: at % 2 === 0 ? [] : ['{}', '{}'],
      tool_call_names: at % 2 === 0 ? [] : ['search', text(5)],
      metadata_names: pick([[], ['a'], ['a', "k'%"], ["k'%", 'a', 'a'], ['a']], at),
      // In the last case fewer than names, as in damaged rows.
      metadata_values: pick([[], [text(6)], [text(7), text(8)], [text(9), '42', 'not this'], []], at),
      is_app_root: at % 6 === 1,
      bookmarked: at % 2 === 0,
      public: at % 7 === 0,
    };
  });
}

/** A row as ClickHouse takes it in JSONEachRow. */
export function stored({ texts, ...row }: Row, version: { event_ts: string; is_deleted?: 1 }): Record<string, unknown> {
  return { ...row, ...texts, ...version, updated_at: version.event_ts };
}

/** Microseconds since 1970. */
export function microsOf(time: string): bigint {
  return BigInt(Date.parse(`${time.slice(0, 10)}T${time.slice(11, 19)}Z`)) * 1000n + BigInt(time.slice(20));
}

function plusMicros(time: string, micros: number): string {
  const sum = microsOf(time) + BigInt(micros);
  const fraction = ((sum % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((sum - fraction) / 1000n)).toISOString();
  const text = `${seconds.slice(0, 10)} ${seconds.slice(11, 19)}.${String(fraction).padStart(6, '0')}`;
  return text < '1900' || text > '23' ? time : text;
}

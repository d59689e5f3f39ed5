import type { HostileRow } from './hostile-row.ts';
import { amounts, counts, instant, texts } from './hostile-values.ts';

const numbers: readonly HostileRow[] = [
  {
    id: 'numbers-beyond-64-bit-signed',
    columns: {
      usage_details: counts(
        ['input', '9223372036854775808'],
        ['output', '18446744073709551615'],
        ['total', '9007199254740993'],
      ),
    },
    expected: {
      usage_details: { input: '9223372036854775808', output: '18446744073709551615', total: '9007199254740993' },
    },
  },
  {
    id: 'decimals-of-twelve-digits',
    columns: {
      cost_details: amounts(['input', '0.000000000001'], ['output', '-0.1'], ['total', '123456.789012345678']),
    },
    expected: {
      cost_details: { input: '0.000000000001', output: '-0.1', total: '123456.789012345678' },
      total_cost: '123456.789012345678',
    },
  },
  {
    id: 'decimals-largest',
    columns: { cost_details: amounts(['total', '999999.999999999999'], ['other "key"', '10']) },
    expected: {
      cost_details: { total: '999999.999999999999', 'other "key"': '10' },
      total_cost: '999999.999999999999',
    },
  },
  {
    id: 'usage-key-twice',
    columns: { usage_details: counts(['input', '1'], ['input', '2'], ['', '0']) },
    expected: { usage_details: { input: '1', '': '0' } },
  },
  { id: 'prompt-version-largest', columns: { prompt_version: 65_535 }, expected: { prompt_version: 65_535 } },
  { id: 'prompt-version-zero', columns: { prompt_version: 0 }, expected: { prompt_version: 0 } },
];

function inYear(id: string, start: string): HostileRow {
  const iso = `${start.replace(' ', 'T')}Z`;
  return {
    id,
    columns: { start_time: instant(start), end_time: instant(start), input: start },
    expected: { start_time: iso, end_time: iso, latency_ms: 0 },
  };
}

const times: readonly HostileRow[] = [
  inYear('year-1900', '1900-01-01 00:00:00.000001'),
  inYear('year-1969', '1969-12-31 23:59:59.999999'),
  inYear('epoch', '1970-01-01 00:00:00.000000'),
  inYear('year-2106-before-the-wrap', '2106-02-07 06:28:15.999999'),
  inYear('year-2106-after-the-wrap', '2106-02-07 06:28:16.000000'),
  inYear('year-2107', '2107-01-01 00:00:00.000000'),
  inYear('year-2200', '2200-02-28 12:34:56.789012'),
  inYear('year-2299', '2299-12-31 23:59:59.999999'),
  {
    id: 'latency-negative',
    columns: {
      start_time: instant('2026-03-01 10:00:00.001500'),
      end_time: instant('2026-03-01 10:00:00.000000'),
      completion_start_time: instant('2026-03-01 10:00:00.001499'),
    },
    expected: {
      start_time: '2026-03-01T10:00:00.001500Z',
      end_time: '2026-03-01T10:00:00.000000Z',
      latency_ms: -1.5,
      time_to_first_token_ms: -0.001,
    },
  },
  {
    id: 'latency-of-two-microseconds-over-a-bound',
    columns: {
      start_time: instant('2026-03-01 10:00:00.999999'),
      end_time: instant('2026-03-01 10:00:01.000001'),
    },
    expected: { latency_ms: 0.002, time_to_first_token_ms: null },
  },
  {
    id: 'times-null',
    columns: { end_time: null, completion_start_time: null, experiment_item_version: null, prompt_version: null },
    expected: {
      end_time: null,
      completion_start_time: null,
      latency_ms: null,
      time_to_first_token_ms: null,
      experiment_item_version: null,
      prompt_version: null,
    },
  },
];

const pairs: readonly HostileRow[] = [
  {
    id: 'metadata-names-repeated',
    columns: { metadata_names: ['k', 'k', 'l', 'k'], metadata_values: ['first', 'second', 'third', 'fourth'] },
    expected: { metadata: { k: 'first', l: 'third' } },
  },
  {
    id: 'metadata-more-names',
    columns: { metadata_names: ['a', 'b', 'c'], metadata_values: ['1'] },
    expected: { metadata: { a: '1', b: '', c: '' } },
  },
  {
    id: 'metadata-more-values',
    columns: { metadata_names: ['a'], metadata_values: ['1', '2', '3'] },
    expected: { metadata: { a: '1' } },
  },
  {
    id: 'metadata-values-only',
    columns: { metadata_names: [], metadata_values: ['lost'] },
    expected: { metadata: {} },
  },
  {
    id: 'metadata-odd-names',
    columns: {
      metadata_names: ['', 'a.b', 'constructor', '"quoted"', 'line\nfeed', "it's"],
      metadata_values: ['empty name', '1', '2', '3', '4', '{"json":true}'],
    },
    expected: {
      metadata: {
        '': 'empty name',
        'a.b': '1',
        constructor: '2',
        '"quoted"': '3',
        'line\nfeed': '4',
        "it's": '{"json":true}',
      },
    },
  },
  {
    id: 'experiment-metadata-uneven',
    columns: {
      experiment_id: 'experiment',
      experiment_metadata_names: ['x', 'x'],
      experiment_metadata_values: ['1'],
      experiment_item_metadata_names: ['y', 'z'],
      experiment_item_metadata_values: [],
    },
    expected: { experiment_metadata: { x: '1' }, experiment_item_metadata: { y: '', z: '' } },
  },
  {
    id: 'tools-with-quotes',
    columns: {
      tool_definitions: texts(['say "hi"', '{"description":"\\"quoted\\"\\n"}'], ['', '']),
      tool_calls: ['{"arguments":"{\\"a\\":\\"b\\"}"}', '', "it's"],
      tool_call_names: ['say "hi"', '', "it's"],
    },
    expected: {
      tool_definitions: { 'say "hi"': '{"description":"\\"quoted\\"\\n"}', '': '' },
      tool_calls: ['{"arguments":"{\\"a\\":\\"b\\"}"}', '', "it's"],
      tool_call_names: ['say "hi"', '', "it's"],
    },
  },
];

const nothings: readonly HostileRow[] = [
  {
    id: 'empty-everywhere',
    columns: { trace_id: '', environment: '', usage_pricing_tier_id: '', usage_pricing_tier_name: null },
    expected: {
      trace_id: '',
      name: '',
      input: '',
      output: '',
      level: null,
      status_message: null,
      version: null,
      environment: null,
      user_id: null,
      session_id: null,
      provided_model_name: null,
      model_parameters: null,
      prompt_name: null,
      prompt_version: null,
      release: null,
      usage_pricing_tier_name: null,
      tags: [],
      tool_calls: [],
      metadata: {},
      usage_details: {},
      cost_details: {},
      experiment_metadata: {},
    },
  },
  {
    id: 'root-with-a-parent',
    columns: { parent_span_id: 'elsewhere', is_app_root: true, name: 'root', trace_name: '' },
    expected: { is_root_observation: true, trace_name: 'root' },
  },
  {
    id: 'child-without-trace-name',
    columns: { parent_span_id: 'quotes', is_app_root: false, name: 'child', trace_name: '' },
    expected: { is_root_observation: false, trace_name: null },
  },
  { id: 'id, with "quotes"\n', columns: { trace_id: 'trace "1",\t2', parent_span_id: "it's" } },
];

/** Rows whose numbers, times and structure trip writers and readers. */
export const hostileShapes: readonly HostileRow[] = [...numbers, ...times, ...pairs, ...nothings];

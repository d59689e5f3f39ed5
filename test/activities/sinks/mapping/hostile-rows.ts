/** Rows as nobody should write them, for properties. */
import fc from 'fast-check';
import type { ObservationRow, ScoreRow, SinkRow, TraceRow } from '../../../../activities/sinks/sink-row.ts';
import { bareObservation, fullScore, fullTrace, NOW } from './rows.ts';

const userIds = fc.oneof(
  fc.constantFrom(
    ...[' Anonymous ', 'NULL', 'None', '"null"', "'guest'", '[object Object]', 'NaN', 'undefined', 'TRUE', 'id', ' 0'],
    ...['00000000-0000-0000-0000-000000000000', 'Distinct_ID', 'anonymous-user', 'N/A', 'na', 'Nil', '<NIL>', '-1'],
    ...['[]', '{}', 'unknown', 'anon', '', '   ', '\u00a0', '\ud800', '\0', 'user-1', 'é'.repeat(199), 'u'.repeat(201)],
  ),
  fc.string({ maxLength: 300 }),
);

const times = fc.oneof(
  fc.constantFrom(
    ...['', 'yesterday', '2026-03-01 12:34:56', '1900-01-01T00:00:00.000000Z', '1970-01-01T00:00:00.000000Z'],
    ...['1970-12-31T23:59:59.999999Z', '1971-01-01T00:00:00.000000Z', '2200-01-01T00:00:00.000000Z'],
  ),
  fc.integer({ min: -100 * 3_600_000, max: 30 * 3_600_000 }).map((ms) => new Date(NOW + ms).toISOString()),
);

const unit = fc.constantFrom('a', '"', '\\', '\n', '\u0001', '\0', 'é', '鳥', '🐦', '\ud83d', '\udc26', '/', '%', ' ');
const shortText = fc.oneof(fc.string({ unit, maxLength: 40 }), fc.string({ maxLength: 40 }));

const deep = (levels: number) => `${'[{"a":'.repeat(levels)}1${'}]'.repeat(levels)}`;

/** Up to 5 MB, of one character or of many. */
const text = fc.oneof(
  { weight: 12, arbitrary: shortText },
  { weight: 3, arbitrary: fc.tuple(unit, fc.integer({ min: 0, max: 2_000 })).map(([one, times]) => one.repeat(times)) },
  { weight: 1, arbitrary: fc.tuple(unit, fc.constantFrom(250_000, 400_000)).map(([one, times]) => one.repeat(times)) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...[deep(10), deep(29), deep(200), deep(5_000), '[1e999,-0]', '{"__proto__":{"a":1}}', '[{"role":"user"}]'],
      ...['{"messages":[{"role":"user","content":"\\ud800"}]}', `[${'1e20,'.repeat(50_000)}1]`, '[', '{"a":"\\u0000"}'],
    ),
  },
);

const number = fc.oneof(
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -5, 0, 1e300),
  fc.double(),
);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });

const pairs = fc.oneof(
  fc.dictionary(shortText, text, { maxKeys: 8 }),
  fc.constant(Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`key ${index}`, `"${index}`.repeat(60)]))),
  fc.constant(Object.fromEntries([['__proto__', 'kept']])),
  fc.constant({ [`${'k'.repeat(300)}1`]: 'a', [`${'k'.repeat(300)}2`]: 'b' }),
);
const list = fc.oneof(
  fc.array(text, { maxLength: 6 }),
  fc.constant(Array.from({ length: 1_000 }, (_, index) => `tag ${index} 鳥`.repeat(10))),
);
const amounts = fc.dictionary(
  fc.constantFrom('input', 'output', 'total', 'input_cache_read', 'x', '__proto__'),
  number,
);

/** Every optional column may be absent. */
const observationChanges: fc.Arbitrary<Partial<ObservationRow>> = fc.record(
  {
    id: shortText,
    trace_id: fc.oneof(shortText, userIds),
    start_time: times,
    end_time: maybe(times),
    type: fc.constantFrom('GENERATION', 'EMBEDDING', 'SPAN', 'EVENT', 'unheard of', null),
    parent_observation_id: maybe(shortText),
    vendor_session_id: shortText,
    name: text,
    level: fc.constantFrom('ERROR', 'DEFAULT', null),
    status_message: maybe(text),
    user_id: maybe(userIds),
    session_id: maybe(shortText),
    is_root_observation: fc.boolean(),
    input: maybe(text),
    output: maybe(text),
    input_length: fc.nat(6_000_000),
    metadata: pairs,
    provided_model_name: maybe(fc.constantFrom('gpt-5-mini', '')),
    model_parameters: maybe(text),
    usage_details: amounts,
    cost_details: amounts,
    total_cost: maybe(number),
    prompt_version: maybe(number),
    latency_ms: maybe(number),
    time_to_first_token_ms: maybe(number),
    tags: list,
    trace_name: maybe(text),
    tool_definitions: pairs,
    tool_calls: list,
    tool_call_names: list,
  },
  { requiredKeys: [] },
);

const traceChanges: fc.Arbitrary<Partial<TraceRow>> = fc.record(
  {
    id: shortText,
    timestamp: times,
    name: text,
    user_id: maybe(userIds),
    input: maybe(text),
    tags: list,
    metadata: pairs,
  },
  { requiredKeys: [] },
);

const scoreChanges: fc.Arbitrary<Partial<ScoreRow>> = fc.record(
  {
    id: shortText,
    timestamp: times,
    trace_id: maybe(fc.oneof(shortText, userIds)),
    session_id: maybe(shortText),
    name: text,
    value: maybe(number),
    string_value: maybe(text),
    comment: maybe(text),
    metadata: pairs,
  },
  { requiredKeys: [] },
);

export const hostileRows: fc.Arbitrary<SinkRow> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('events' as const, 'observations' as const), observationChanges)
      .map(([source, changes]): SinkRow => ({ source, row: bareObservation(changes) })),
  },
  { weight: 1, arbitrary: traceChanges.map((changes): SinkRow => ({ source: 'traces', row: fullTrace(changes) })) },
  { weight: 1, arbitrary: scoreChanges.map((changes): SinkRow => ({ source: 'scores', row: fullScore(changes) })) },
);

export const hostileOptions = fc.record({
  projectId: fc.constantFrom('proj-1', 'proj/2'),
  style: fc.constantFrom('ai' as const, 'langfuse' as const),
  includeIo: fc.boolean(),
  baseUrl: fc.constantFrom('', 'https://langfuse.example.com'),
  now: fc.constant(NOW),
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rejection } from '../../../../activities/sinks/event-sink.ts';
import { mapMixpanel } from '../../../../activities/sinks/mapping/mixpanel.ts';
import { mapPostHog } from '../../../../activities/sinks/mapping/posthog.ts';
import type { SinkRow } from '../../../../activities/sinks/sink-row.ts';
import { hostileOptions, hostileRows } from './hostile-rows.ts';
import { eventsOf, firstOf, rejectionOf } from './mapped.ts';
import { bareObservation, fullObservation, NOW } from './rows.ts';
import { mixpanelFaults, postHogFaults } from './vendor-rules.ts';

const RUNS = { numRuns: 250 };

const timeIn = (source: SinkRow) => ('start_time' in source.row ? source.row.start_time : source.row.timestamp);

/** A rejection must be true: neither may a row be refused that could be sent. */
function expectReason({ reason }: Rejection, source: SinkRow, earliest: string, ahead: number): void {
  const time = timeIn(source);
  const milliseconds = time.endsWith('Z') ? Date.parse(time) : Number.NaN;
  const truth = {
    time_missing: Number.isNaN(milliseconds),
    time_too_old: milliseconds < Date.parse(earliest),
    time_in_future: milliseconds > NOW + ahead,
    id_missing: source.row.id === '',
  };
  expect(truth).toHaveProperty(reason, true);
}

describe('hostile rows', () => {
  it('become events that PostHog takes whole, or are rejected for a true reason', () => {
    fc.assert(
      fc.property(hostileRows, hostileOptions, (source, options) => {
        const mapped = mapPostHog(source, options);
        if ('rejected' in mapped) return expectReason(mapped.rejected, source, '1970-01-01', 23 * 3_600_000);
        for (const event of mapped.events) expect(postHogFaults(event, NOW)).toEqual([]);
      }),
      RUNS,
    );
  });

  it('become events that Mixpanel takes whole, or are rejected for a true reason', () => {
    fc.assert(
      fc.property(hostileRows, hostileOptions, (source, options) => {
        const mapped = mapMixpanel(source, options);
        if ('rejected' in mapped) return expectReason(mapped.rejected, source, '1971-01-01', 3_600_000);
        for (const { json, bytes } of mapped.events) expect(mixpanelFaults(json, bytes, NOW)).toEqual([]);
      }),
      RUNS,
    );
  });

  it('keep the key of their events at every call, also later, without input and output, and without links', () => {
    fc.assert(
      fc.property(hostileRows, hostileOptions, fc.integer({ min: 0, max: 1e10 }), (source, options, later) => {
        const other = { ...options, now: NOW + later, includeIo: false, baseUrl: '' };
        const [before, after] = [mapPostHog(source, options), mapPostHog(source, other)];
        if ('events' in before) {
          const keys = before.events.map(({ event, uuid, distinctId, timestamp }) => [
            event,
            uuid,
            distinctId,
            timestamp,
          ]);
          expect(eventsOf(after).map((e) => [e.event, e.uuid, e.distinctId, e.timestamp])).toEqual(keys);
        }
        const [first, again] = [mapMixpanel(source, options), mapMixpanel(source, other)];
        if (!('events' in first)) return;
        const keyOf = (json: string) => {
          const { event, properties } = JSON.parse(json);
          return [event, properties.time, properties.distinct_id, properties.$insert_id];
        };
        expect(eventsOf(again).map(({ json }) => keyOf(json))).toEqual(first.events.map(({ json }) => keyOf(json)));
      }),
      RUNS,
    );
  });

  it('are not changed by being mapped', () => {
    fc.assert(
      fc.property(hostileRows, hostileOptions, (source, options) => {
        const before = structuredClone(source);
        mapPostHog(source, options);
        mapMixpanel(source, options);
        expect(source).toEqual(before);
      }),
      { numRuns: 50 },
    );
  });
});

const posthog = { projectId: 'proj-1', style: 'ai', includeIo: true, now: NOW } as const;

/** Columns that decide which event a row becomes. */
const KEPT = new Set(['type', 'start_time', 'user_id']);

describe('what is too large for PostHog', () => {
  it('is cut in input and output first, down to 300 kB each, the marker telling the length in the table', () => {
    const row = fullObservation({
      input: 'i'.repeat(2_000_000),
      input_length: 5_000_000,
      output: 'o'.repeat(5_000_000),
    });
    row.output_length = 5_000_000;
    const event = firstOf(mapPostHog({ source: 'events', row }, posthog));
    const content = (value: unknown) => (Array.isArray(value) ? String(value[0].content) : '');
    const [input, output] = [content(event.properties.$ai_input), content(event.properties.$ai_output_choices)];
    expect(input).toMatch(/^i+… \[cut: 5000000 characters\]$/);
    expect(output).toMatch(/^o+… \[cut: 5000000 characters\]$/);
    expect(input.length).toBeGreaterThan(299_000);
    expect(event.properties.langfuse_cut_texts).toBe(2);
    expect(event.properties.langfuse_metadata).toEqual(row.metadata);
  });

  it('marks a text that the query has cut, and does not read it as JSON', () => {
    const row = fullObservation({ input: '[{"role":"user"}]', input_length: 900 });
    const { properties } = firstOf(mapPostHog({ source: 'events', row }, posthog));
    expect(properties.$ai_input).toEqual([{ role: 'user', content: '[{"role":"user"}]… [cut: 900 characters]' }]);
    expect(properties.langfuse_cut_texts).toBe(1);
  });

  it('counts characters of the table as ClickHouse does', () => {
    const inputOf = (input_length: number) => {
      const row = fullObservation({ input: '🐦🐦', input_length });
      return firstOf(mapPostHog({ source: 'events', row }, posthog)).properties.$ai_input;
    };
    expect(inputOf(2)).toEqual([{ role: 'user', content: '🐦🐦' }]);
    expect(inputOf(3)).toEqual([{ role: 'user', content: '🐦🐦… [cut: 3 characters]' }]);
  });

  it('still has messages when every text is long', () => {
    const long = 'x'.repeat(1_000_000);
    const texts = Object.entries(fullObservation()).filter(
      ([name, value]) => typeof value === 'string' && !KEPT.has(name),
    );
    const row = { ...fullObservation(), ...Object.fromEntries(texts.map(([name]) => [name, long])) };
    const event = firstOf(
      mapPostHog({ source: 'events', row }, { ...posthog, baseUrl: 'https://langfuse.example.com' }),
    );
    expect(postHogFaults(event, NOW)).toEqual([]);
    expect(event.properties.$ai_input).toEqual([{ role: 'user', content: expect.stringMatching(/^x{7000,}… \[cut/) }]);
  });

  it('is cut wherever it is long: lists and objects say how many entries there were', () => {
    const row = bareObservation({
      name: 'n'.repeat(2_000_000),
      tags: Array.from({ length: 100_000 }, (_, index) => `tag ${index}`),
      metadata: Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`key ${index}`, 'v'.repeat(40)])),
      tool_definitions: { big: 'd'.repeat(2_000_000) },
    });
    const event = firstOf(mapPostHog({ source: 'events', row }, posthog));
    expect(postHogFaults(event, NOW)).toEqual([]);
    expect(event.properties).toMatchObject({ langfuse_tags_count: 100_000, langfuse_metadata_count: 100_000 });
    expect(event.properties.$ai_span_name).toMatch(/^n+… \[cut: 2000000 characters\]$/);
    expect(event.properties.$ai_tools).toEqual([{ type: 'function', function: { name: 'big' } }]);
  });

  it('cuts input and output shorter where other columns are long too, each counted and marked once', () => {
    const long = 'x'.repeat(1_000_000);
    const row = fullObservation({
      input: long,
      input_length: 5_000_000,
      output: null,
      name: long,
      status_message: long,
    });
    const event = firstOf(mapPostHog({ source: 'events', row }, posthog));
    expect(postHogFaults(event, NOW)).toEqual([]);
    expect(JSON.stringify(event.properties.$ai_input)).toMatch(/"x+… \[cut: 5000000 characters\]"/);
    // Name, status message, which is also the error, and input.
    expect(event.properties.langfuse_cut_texts).toBe(4);
  });

  it('leaves other events of any size below the limit as they are', () => {
    const row = bareObservation({ name: 'n'.repeat(800_000) });
    const { properties } = firstOf(mapPostHog({ source: 'events', row }, posthog));
    expect(properties.$ai_span_name).toBe(row.name);
    expect(properties).not.toHaveProperty('langfuse_cut_texts');
  });
});

describe('times', () => {
  const postHogAt = (time: string) =>
    mapPostHog({ source: 'events', row: bareObservation({ start_time: time }) }, posthog);
  const mixpanelAt = (time: string) =>
    mapMixpanel({ source: 'events', row: bareObservation({ start_time: time }) }, posthog);

  it.each([
    ['', 'time_missing'],
    ['2026-03-01 12:00:00', 'time_missing'],
    ['1900-01-01T00:00:00.000000Z', 'time_too_old'],
    ['2200-01-01T00:00:00.000000Z', 'time_in_future'],
    ['2026-03-02T23:00:00.001000Z', 'time_in_future'],
  ])('%j is rejected for PostHog: %s', (time, reason) => {
    expect(rejectionOf(postHogAt(time))).toMatchObject({ reason, field: 'timestamp' });
  });

  it.each([
    ['', 'time_missing'],
    ['1970-12-31T23:59:59.999999Z', 'time_too_old'],
    ['2026-03-02T01:00:00.001000Z', 'time_in_future'],
  ])('%j is rejected for Mixpanel: %s', (time, reason) => {
    expect(rejectionOf(mixpanelAt(time))).toMatchObject({ reason, field: 'time' });
  });

  it('at the borders are sent', () => {
    expect(firstOf(postHogAt('1970-01-01T00:00:00.000000Z')).timestamp).toBe('1970-01-01T00:00:00.000Z');
    expect(firstOf(postHogAt('2026-03-02T23:00:00.000999Z')).timestamp).toBe('2026-03-02T23:00:00.000Z');
    expect(firstOf(mixpanelAt('1971-01-01T00:00:00.000000Z')).json).toContain('"time":31536000000');
    expect(firstOf(mixpanelAt('2026-03-02T01:00:00.000000Z')).json).toContain(`"time":${NOW + 3_600_000}`);
  });

  it.each([
    ['2026-02-28T00:00:00.001000Z', 'recent'],
    ['2026-02-28T00:00:00.000000Z', 'historical/2026-02-28'],
    ['2026-02-27T23:59:59.999999Z', 'historical/2026-02-27'],
  ])('of %s stand in batches %s of PostHog', (time, batchKey) => {
    expect(firstOf(postHogAt(time)).batchKey).toBe(batchKey);
  });

  it('do not divide batches of Mixpanel', () => {
    expect(firstOf(mixpanelAt('2020-01-01T00:00:00.000000Z')).batchKey).toBe(
      firstOf(mixpanelAt('2026-03-01T00:00:00.000000Z')).batchKey,
    );
  });
});

it('rejects a row without an id, with a message that holds no value of the row', () => {
  const row = bareObservation({ id: '', name: 'heron', user_id: 'heron' });
  expect(rejectionOf(mapPostHog({ source: 'events', row }, posthog))).toEqual({
    reason: 'id_missing',
    field: 'uuid',
    message: expect.not.stringContaining('heron'),
  });
  expect(rejectionOf(mapMixpanel({ source: 'events', row }, posthog)).field).toBe('$insert_id');
});

import { expect, it } from 'vitest';
import { mapMixpanel } from '../../../activities/sinks/mapping/mixpanel.ts';
import { mapPostHog } from '../../../activities/sinks/mapping/posthog.ts';
import { rowColumns } from '../../../activities/sinks/row-columns.ts';
import type { SinkRow } from '../../../activities/sinks/sink-row.ts';
import type { EventSinkDestination } from '../../../shared/config/destination.ts';
import { EVENT_STYLES } from '../../../shared/config/event-sinks.ts';
import { fullObservation, fullScore, fullTrace, NOW } from './mapping/rows.ts';

/** Beside the columns of the source, whatever they are. */
const ALWAYS_READ = ['vendor_session_id', 'input_length', 'output_length'];

const ROWS: SinkRow[] = [
  { source: 'events', row: fullObservation({ is_root_observation: true }) },
  { source: 'observations', row: fullObservation() },
  { source: 'observations', row: fullObservation({ type: 'SPAN', level: 'DEFAULT' }) },
  { source: 'traces', row: fullTrace() },
  { source: 'scores', row: fullScore() },
  { source: 'scores', row: fullScore({ value: null, string_value: 'good', observation_id: null, trace_id: null }) },
];

const KINDS = ['posthog', 'mixpanel'] as const;
const DESTINATIONS: Record<(typeof KINDS)[number], EventSinkDestination> = {
  posthog: { kind: 'posthog', region: 'us', projectApiKey: '', eventStyle: 'ai', includeIo: false },
  mixpanel: {
    kind: 'mixpanel',
    region: 'us',
    credentials: { kind: 'project_token', token: '' },
    eventStyle: 'ai',
    includeIo: false,
  },
};
const CASES = ROWS.flatMap((source) =>
  KINDS.flatMap((kind) =>
    EVENT_STYLES.flatMap((style) => [true, false].map((includeIo) => ({ source, kind, style, includeIo }))),
  ),
);

/** The row, and the names that were asked of it. */
function watched(source: SinkRow): { source: SinkRow; asked: Set<string> } {
  const asked = new Set<string>();
  const watch = <R extends object>(row: R): R =>
    new Proxy(row, {
      get(target, name) {
        if (typeof name === 'string') asked.add(name);
        return Reflect.get(target, name);
      },
    });
  switch (source.source) {
    case 'events':
    case 'observations':
      return { source: { source: source.source, row: watch(source.row) }, asked };
    case 'traces':
      return { source: { source: source.source, row: watch(source.row) }, asked };
    case 'scores':
      return { source: { source: source.source, row: watch(source.row) }, asked };
  }
}

it.each(CASES)('mapping $source.source to $kind in style $style asks for no column that is not read', (one) => {
  const { kind, style, includeIo } = one;
  const { source, asked } = watched(one.source);
  const options = { projectId: 'proj-1', style, includeIo, now: NOW, baseUrl: 'https://langfuse.example.com' };
  const mapped = kind === 'posthog' ? mapPostHog(source, options) : mapMixpanel(source, options);
  expect(mapped).toHaveProperty('events');
  const { columns = [] } = rowColumns(source.source, { ...DESTINATIONS[kind], includeIo });
  const known = [...columns, ...ALWAYS_READ];
  expect([...asked].filter((name) => !known.includes(name))).toEqual([]);
});

/** Sinks, events and time for tests of sending. */

import type { MixpanelEvent } from '../../../../activities/sinks/mapping/mixpanel.ts';
import type { PostHogEvent } from '../../../../activities/sinks/mapping/posthog.ts';
import { openMixpanelSink } from '../../../../activities/sinks/mixpanel/mixpanel-sink.ts';
import { createPaceRegistry } from '../../../../activities/sinks/pace-registry.ts';
import type { Clock } from '../../../../activities/sinks/pauses.ts';
import { openPostHogSink } from '../../../../activities/sinks/posthog/posthog-sink.ts';
import type { SinkOptions } from '../../../../activities/sinks/sink-options.ts';
import type { MixpanelDestination, PostHogDestination } from '../../../../shared/config/event-sinks.ts';
import { createSealer } from '../../../../shared/sealed.ts';

export const POSTHOG_KEY = 'phc_testKeyThatMustNotLeak';
export const MIXPANEL_TOKEN = '0123456789abcdef0123456789abcdef';
export const ACCOUNT_SECRET = 'account-secret-that-must-not-leak';

const owner = { projectId: 'project', integrationId: 'integration' };
const sealer = createSealer('ab'.repeat(32));

/** May reach this machine without TLS. */
export const OPEN_POLICY = { allowPrivateNetworks: true, allowedHosts: [], allowHttp: true, workerRoleAllowed: [] };

/** Where nothing listens: the port of a service of the seventies, which no test server is given. */
export const NOBODY = 'http://127.0.0.1:1';

/** Pauses take no time, and are kept. */
export interface TestClock extends Clock {
  pauses: number[];
}

export function testClock(start = Date.parse('2026-03-01T12:00:00Z')): TestClock {
  let time = start;
  const pauses: number[] = [];
  return {
    pauses,
    now: () => time,
    async sleep(milliseconds, signal) {
      signal.throwIfAborted();
      pauses.push(milliseconds);
      time += milliseconds;
    },
  };
}

export function sinkOptions(clock: Clock = testClock(), options: Partial<SinkOptions> = {}): SinkOptions {
  return { ...owner, sealer, policy: OPEN_POLICY, paces: createPaceRegistry(clock), ...clock, ...options };
}

export function postHogSink(
  host: string,
  options: SinkOptions = sinkOptions(),
  change: Partial<PostHogDestination> = {},
) {
  return openPostHogSink(
    {
      kind: 'posthog',
      region: 'custom',
      host,
      projectApiKey: sealer.seal(POSTHOG_KEY, owner),
      eventStyle: 'ai',
      includeIo: false,
      ...change,
    },
    options,
  );
}

export function mixpanelSink(
  mixpanelUrl: string,
  options: SinkOptions = sinkOptions(),
  change: Partial<MixpanelDestination> = {},
) {
  return openMixpanelSink(
    {
      kind: 'mixpanel',
      region: 'us',
      credentials: { kind: 'project_token', token: sealer.seal(MIXPANEL_TOKEN, owner) },
      eventStyle: 'ai',
      includeIo: false,
      ...change,
    },
    { ...options, mixpanelUrl },
  );
}

export function serviceAccount(): MixpanelDestination['credentials'] {
  return {
    kind: 'service_account',
    username: 'exports.1a2b3c.mp-service-account',
    secret: sealer.seal(ACCOUNT_SECRET, owner),
    projectId: '4711',
  };
}

export function uuidOf(index: number): string {
  return `00000000-0000-5000-8000-${index.toString(16).padStart(12, '0')}`;
}

export function postHogEvents(count: number, change: (index: number) => Partial<PostHogEvent> = () => ({})) {
  return Array.from(
    { length: count },
    (_, index): PostHogEvent => ({
      event: '$ai_span',
      distinctId: `user-${index}`,
      uuid: uuidOf(index),
      timestamp: '2026-03-01T11:59:00.123Z',
      properties: { position: index },
      bytes: 200,
      batchKey: 'recent',
      ...change(index),
    }),
  );
}

export function mixpanelEvents(count: number): MixpanelEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const json = JSON.stringify({ event: 'ai_span', properties: { $insert_id: uuidOf(index), position: index } });
    return { json, insertId: uuidOf(index), bytes: json.length + 1, batchKey: '' };
  });
}

/** A signal that nobody aborts. */
export function calm(): { signal: AbortSignal } {
  return { signal: new AbortController().signal };
}

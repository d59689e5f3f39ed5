import { join } from 'node:path';
import { z } from 'zod';
import type { IntegrationInput } from '../client/index.ts';
import { type Emulators, startEmulators } from '../dev/stack/emulators.ts';
import type { BenchWorld } from './world.ts';

/** Times Mixpanel's own rate: how fast we are is what is measured, not how fast it lets us be. */
const MIXPANEL_RATE = 10;
/** The most that an integration may ask for, which nobody reaches. */
const EVENTS_PER_SECOND = 1_000_000;
/** They open nothing but the emulators. */
const POSTHOG_KEY = 'phc_bench';
const MIXPANEL_TOKEN = '00112233445566778899aabbccddeeff';

/** PostHog or Mixpanel, in the emulators' own process. */
export interface Vendor {
  name: string;
  /** With the secret in plain text. */
  destination: Extract<IntegrationInput['destination'], { kind: 'posthog' | 'mixpanel' }>;
  /** What it has got since the last `forget`. */
  received(): Promise<Received>;
  forget(): Promise<void>;
}

const received = z.object({
  requests: z.number(),
  /** Events, repetitions included. */
  accepted: z.number(),
  /** Events after the vendor's de-duplication. */
  different: z.number(),
  bytes: z.object({ received: z.number(), uncompressed: z.number() }),
  dropped: z.record(z.string(), z.number()),
  refused: z.record(z.string(), z.number()),
  changed: z.record(z.string(), z.number()),
});

export type Received = z.output<typeof received>;

export interface Vendors {
  all: Vendor[];
  /** Of the process of both. */
  pid: number;
  /** What a worker's environment needs to find them. */
  env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function startVendors({ stack }: BenchWorld): Promise<Vendors> {
  const emulators: Emulators = await startEmulators({
    posthogPort: 0,
    mixpanelPort: 0,
    posthogKeys: [POSTHOG_KEY],
    mixpanelTokens: [MIXPANEL_TOKEN],
    mixpanelRate: MIXPANEL_RATE,
    logFile: join(stack.logDir, 'emulators.log'),
  });
  const { posthogUrl, mixpanelUrl, pid } = emulators;
  const mixpanel: Vendor = {
    name: 'Mixpanel',
    destination: {
      kind: 'mixpanel',
      credentials: { kind: 'project_token', token: MIXPANEL_TOKEN },
      eventsPerSecond: EVENTS_PER_SECOND,
    },
    ...controlOf(mixpanelUrl),
  };
  const posthog: Vendor = {
    name: 'PostHog',
    destination: {
      kind: 'posthog',
      region: 'custom',
      host: posthogUrl,
      projectApiKey: POSTHOG_KEY,
      eventsPerSecond: EVENTS_PER_SECOND,
    },
    ...controlOf(posthogUrl),
  };
  return { all: [mixpanel, posthog], pid, env: { MIXPANEL_URL: mixpanelUrl }, stop: () => emulators.stop() };
}

function controlOf(url: string): Pick<Vendor, 'received' | 'forget'> {
  return {
    async received() {
      const answer = await fetch(`${url}/_emulator/state`);
      return received.parse(await answer.json());
    },
    async forget() {
      await (await fetch(`${url}/_emulator/reset`, { method: 'POST' })).text();
    },
  };
}

/** A PostHog that one test has for itself, so that its faults strike no other. */
import type { IntegrationInput } from '../../client/index.ts';
import type { Emulator } from '../../dev/emulators/emulator.ts';
import { startPostHogEmulator } from '../../dev/emulators/posthog.ts';

type PostHogInput = Extract<IntegrationInput['destination'], { kind: 'posthog' }>;

export interface OwnPostHog {
  emulator: Emulator;
  /** The destination, with some things otherwise. */
  at(overrides?: Partial<PostHogInput>): PostHogInput;
}

const KEY = 'phc_of_one_test';

/** @param onTestFinished of the test's context; ends the emulator */
export async function ownPostHog(
  onTestFinished: (end: () => Promise<void>) => void,
  { keys = [KEY], port = 0 }: { keys?: string[]; port?: number } = {},
): Promise<OwnPostHog> {
  const emulator = await startPostHogEmulator({ keys, port, keepEvents: true });
  onTestFinished(() => emulator.close());
  return {
    emulator,
    at: (overrides = {}) => ({
      kind: 'posthog',
      region: 'custom',
      host: emulator.url,
      projectApiKey: KEY,
      ...overrides,
    }),
  };
}

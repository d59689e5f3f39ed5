/** Everything real but the vendors' clouds: emulators in this process that keep what they accept. */

import type { IntegrationInput } from '../../client/index.ts';
import type { Emulator } from '../../dev/emulators/emulator.ts';
import { startMixpanelEmulator } from '../../dev/emulators/mixpanel.ts';
import { startPostHogEmulator } from '../../dev/emulators/posthog.ts';
import { type ExportWorld, openExportWorld, type WorkerSettings } from './export-world.ts';

const POSTHOG_KEY = 'phc_of_these_tests';
const MIXPANEL_TOKEN = '0123456789abcdef0123456789abcdef';

type Destination = IntegrationInput['destination'];

export interface SinkWorld {
  own: ExportWorld;
  posthog: Emulator;
  mixpanel: Emulator;
  /** The vendors by name, for tests that run on both. */
  vendors: Record<'posthog' | 'mixpanel', { emulator: Emulator; destination: Destination }>;
  /** As `ExportWorld.startWorker`; pauses are a hundredth of the real ones. */
  startWorker(settings?: WorkerSettings): Promise<() => Promise<void>>;
  cleanup(): Promise<void>;
}

/** Without a worker. */
export async function openSinkWorld(): Promise<SinkWorld> {
  const posthog = await startPostHogEmulator({ keys: [POSTHOG_KEY], keepEvents: true });
  const mixpanel = await startMixpanelEmulator({ tokens: [MIXPANEL_TOKEN], keepEvents: true });
  const own = await openExportWorld();
  return {
    own,
    posthog,
    mixpanel,
    vendors: {
      posthog: {
        emulator: posthog,
        destination: { kind: 'posthog', region: 'custom', host: posthog.url, projectApiKey: POSTHOG_KEY },
      },
      mixpanel: {
        emulator: mixpanel,
        destination: { kind: 'mixpanel', credentials: { kind: 'project_token', token: MIXPANEL_TOKEN } },
      },
    },
    startWorker: (settings = {}) =>
      own.startWorker({
        ...settings,
        sinks: {
          mixpanelUrl: mixpanel.url,
          sleep: shortSleep,
          timeoutMs: 5_000,
          patienceMs: 120_000,
          ...settings.sinks,
        },
      }),
    async cleanup() {
      await own.cleanup();
      await Promise.all([posthog.close(), mixpanel.close()]);
    },
  };
}

/** A hundredth of the time that was asked for. */
function shortSleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, milliseconds / 100);
    function done() {
      signal.removeEventListener('abort', aborted);
      resolve();
    }
    function aborted() {
      clearTimeout(timer);
      reject(signal.reason);
    }
    signal.addEventListener('abort', aborted, { once: true });
  });
}

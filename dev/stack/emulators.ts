import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { lastLines } from './log-file.ts';
import { type RunningServer, startServer } from './process.ts';

export interface EmulatorsOptions {
  /** 0: any free one, as for Mixpanel. */
  readonly posthogPort: number;
  readonly mixpanelPort: number;
  /** Project API keys that PostHog knows. */
  readonly posthogKeys: readonly string[];
  /** Project tokens that Mixpanel knows; default: none. */
  readonly mixpanelTokens?: readonly string[];
  /** Default: none. None of the three texts may hold a colon. */
  readonly mixpanelAccounts?: readonly { username: string; secret: string; projectId: string }[];
  /** Times Mixpanel's own rate of 30,000 events/s and 2 GB/min; default 1. */
  readonly mixpanelRate?: number;
  readonly logFile: string;
}

/** PostHog and Mixpanel on this machine. State and faults are at `<url>/_emulator/…` (see `dev/emulators/control.ts`). */
export interface Emulators extends RunningServer {
  /** `http://127.0.0.1:<port>` */
  readonly posthogUrl: string;
  readonly mixpanelUrl: string;
}

const readySchema = z.object({ posthogUrl: z.url(), mixpanelUrl: z.url() });

/** Starts both emulators in one process. They keep what they got in memory: after a stop it is gone. */
export async function startEmulators(options: EmulatorsOptions): Promise<Emulators> {
  const { posthogPort, mixpanelPort, posthogKeys, mixpanelTokens = [], mixpanelAccounts = [], logFile } = options;
  const accounts = mixpanelAccounts.map(({ username, secret, projectId }) => `${username}:${secret}:${projectId}`);
  let urls: z.output<typeof readySchema> | undefined;
  const server = await startServer({
    name: 'emulators',
    command: process.execPath,
    args: [
      fileURLToPath(new URL('../emulators/main.ts', import.meta.url)),
      ...[`--posthog-port=${posthogPort}`, `--mixpanel-port=${mixpanelPort}`],
      ...[`--mixpanel-rate=${options.mixpanelRate ?? 1}`],
      ...posthogKeys.map((key) => `--posthog-key=${key}`),
      ...mixpanelTokens.map((token) => `--mixpanel-token=${token}`),
      ...accounts.map((account) => `--mixpanel-account=${account}`),
    ],
    logFile,
    // It prints its URLs when it listens, so nobody else who has taken a port can be mistaken for it.
    ready: async () => {
      urls = readySchema.parse(JSON.parse((await lastLines(logFile, 1)).join('')));
      return true;
    },
  });
  if (urls === undefined) throw new Error('The emulators have not said where they listen');
  return { ...server, ...urls };
}

import { parseArgs } from 'node:util';
import { MIXPANEL_RATE, startMixpanelEmulator } from './mixpanel.ts';
import { startPostHogEmulator } from './posthog.ts';

// Both emulators in a process of their own. Prints one line of JSON with their URLs when they answer, and ends on SIGTERM.
const { values } = parseArgs({
  options: {
    /** 0: any free one. */
    'posthog-port': { type: 'string', default: '0' },
    'mixpanel-port': { type: 'string', default: '0' },
    /** May be given several times, as the next two. */
    'posthog-key': { type: 'string', multiple: true, default: [] },
    'mixpanel-token': { type: 'string', multiple: true, default: [] },
    /** `username:secret:project id`; it opens nothing but this emulator. */
    'mixpanel-account': { type: 'string', multiple: true, default: [] },
    /** Mixpanel's rate times this; for benchmarks that want to know how fast we could be. */
    'mixpanel-rate': { type: 'string', default: '1' },
  },
});

const serviceAccounts = values['mixpanel-account'].map((account) => {
  const [username, secret, projectId] = account.split(':');
  if (username === undefined || secret === undefined || projectId === undefined) {
    throw new Error('--mixpanel-account must be username:secret:project id');
  }
  return { username, secret, projectId };
});
const factor = Number(values['mixpanel-rate']);
const [posthog, mixpanel] = await Promise.all([
  startPostHogEmulator({ port: Number(values['posthog-port']), keys: values['posthog-key'] }),
  startMixpanelEmulator({
    port: Number(values['mixpanel-port']),
    tokens: values['mixpanel-token'],
    serviceAccounts,
    rate: {
      eventsPerMinute: MIXPANEL_RATE.eventsPerMinute * factor,
      bytesPerMinute: MIXPANEL_RATE.bytesPerMinute * factor,
    },
  }),
]);

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, async () => {
    await Promise.all([posthog.close(), mixpanel.close()]);
    process.exit(0);
  });
}
process.stdout.write(`${JSON.stringify({ posthogUrl: posthog.url, mixpanelUrl: mixpanel.url })}\n`);

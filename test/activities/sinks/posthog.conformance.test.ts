import { startPostHogEmulator } from '../../../dev/emulators/posthog.ts';
import { describeEventSink } from './conformance.ts';
import { NOBODY, POSTHOG_KEY, postHogSink, sinkOptions, testClock } from './sending/sending-world.ts';

describeEventSink('PostHog', async () => {
  const emulator = await startPostHogEmulator({ keys: [POSTHOG_KEY] });
  const stranger = await startPostHogEmulator({ keys: ['phc_of_somebody_else'] });
  const options = () => sinkOptions(testClock(Date.now()));
  const sink = postHogSink(emulator.url, options());
  return {
    emulator,
    sink,
    broken: (fault) => postHogSink(fault === 'wrong key' ? stranger.url : NOBODY, options()),
    secrets: [POSTHOG_KEY],
    async cleanup() {
      sink.close();
      await Promise.all([emulator.close(), stranger.close()]);
    },
  };
});

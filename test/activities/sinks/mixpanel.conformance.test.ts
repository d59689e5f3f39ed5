import { startMixpanelEmulator } from '../../../dev/emulators/mixpanel.ts';
import { describeEventSink } from './conformance.ts';
import { MIXPANEL_TOKEN, mixpanelSink, NOBODY, sinkOptions, testClock } from './sending/sending-world.ts';

describeEventSink('Mixpanel', async () => {
  const emulator = await startMixpanelEmulator({ tokens: [MIXPANEL_TOKEN] });
  const stranger = await startMixpanelEmulator({ tokens: ['f'.repeat(32)] });
  const options = () => sinkOptions(testClock(Date.now()));
  const sink = mixpanelSink(emulator.url, options());
  return {
    emulator,
    sink,
    broken: (fault) => mixpanelSink(fault === 'wrong key' ? stranger.url : NOBODY, options()),
    secrets: [MIXPANEL_TOKEN, Buffer.from(`${MIXPANEL_TOKEN}:`).toString('base64')],
    async cleanup() {
      sink.close();
      await Promise.all([emulator.close(), stranger.close()]);
    },
  };
});

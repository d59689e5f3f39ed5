/** Every kind of destination that takes events. A further kind is one more case here and one more folder beside it. */
import type { EventSinkDestination } from '../../shared/config/destination.ts';
import type { EventSink, SinkEvent } from './event-sink.ts';
import { openMixpanelSink } from './mixpanel/mixpanel-sink.ts';
import { openPostHogSink } from './posthog/posthog-sink.ts';
import type { SinkOptions } from './sink-options.ts';

/**
 * Opens the sink of an integration; nothing is sent before its first operation. `close()` it when done.
 * @throws ExportError ConfigInvalid when its secret cannot be opened
 */
export function openEventSink(destination: EventSinkDestination, options: SinkOptions): EventSink<SinkEvent> {
  switch (destination.kind) {
    case 'posthog':
      return openPostHogSink(destination, options);
    case 'mixpanel':
      return openMixpanelSink(destination, options);
  }
}

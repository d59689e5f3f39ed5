/** What mapping made of a row, for tests. */
import { z } from 'zod';
import type { Mapped, Rejection, SinkEvent } from '../../../../activities/sinks/event-sink.ts';

export function eventsOf<E extends SinkEvent>(mapped: Mapped<E>): readonly E[] {
  if ('rejected' in mapped) throw new Error(`rejected: ${mapped.rejected.reason}`);
  return mapped.events;
}

export function firstOf<E extends SinkEvent>(mapped: Mapped<E>): E {
  const [event] = eventsOf(mapped);
  if (event === undefined) throw new Error('no event');
  return event;
}

export function rejectionOf(mapped: Mapped<SinkEvent>): Rejection {
  if ('events' in mapped) throw new Error('was mapped to events');
  return mapped.rejected;
}

const mixpanelJson = z.strictObject({ event: z.string(), properties: z.record(z.string(), z.unknown()) });

/** The event as Mixpanel reads it. */
export function readMixpanel(json: string): z.output<typeof mixpanelJson> {
  return mixpanelJson.parse(JSON.parse(json));
}

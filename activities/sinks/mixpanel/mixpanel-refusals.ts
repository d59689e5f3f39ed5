/** Our words for why Mixpanel refuses an event: its own message may quote the value. https://developer.mixpanel.com/reference/import-events */
import type { Rejection } from '../event-sink.ts';

/** Fields that every event of ours has. Names of other properties come from rows, and are not repeated. */
const FIELD = /^(event|properties|(properties\.)?(time|distinct_id|\$insert_id|\$user_id|\$device_id|token|ip))$/;

/** The first rule that fits field or message decides. */
const RULES: readonly { words: RegExp; reason: string; message: string }[] = [
  {
    words: /too (large|big)|exceeds?.{0,40}(size|bytes|limit of)|size limit|\b1 ?MB\b/i,
    reason: 'too_large',
    message: 'The event is larger than Mixpanel takes. Shorten its metadata, or leave input and output out.',
  },
  {
    words: /\btime\b/i,
    reason: 'refused',
    message:
      "Mixpanel did not accept the event's time: before 1971, or more than an hour ahead. Check the clock of the application that wrote it.",
  },
  {
    words: /distinct_id|user_id|device_id/i,
    reason: 'refused',
    message: 'Mixpanel did not accept the user id of the event.',
  },
  { words: /insert_id/i, reason: 'refused', message: 'Mixpanel did not accept the id of the event ($insert_id).' },
  {
    words: /nest|depth|deep/i,
    reason: 'refused',
    message: 'A property of the event is nested deeper than Mixpanel takes.',
  },
  {
    words: /too many|number of (properties|keys)|\b255\b/i,
    reason: 'refused',
    message: 'The event has more properties, or longer lists, than Mixpanel takes.',
  },
  { words: /^event\b|event name/i, reason: 'refused', message: "Mixpanel did not accept the event's name." },
];

/**
 * @param field as the vendor calls it
 * @param message the vendor's words: searched, never repeated
 */
export function mixpanelRejection(field: string, message: string): Rejection {
  const rule = RULES.find(({ words }) => words.test(field)) ?? RULES.find(({ words }) => words.test(message));
  return {
    reason: rule?.reason ?? 'refused',
    field: FIELD.test(field) ? field : '',
    message: rule?.message ?? 'Mixpanel did not accept this event. Look at its name, user id, time and properties.',
  };
}

export const TOO_LARGE: Rejection = mixpanelRejection('', 'too large');

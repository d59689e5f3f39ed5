/** Properties of an event within PostHog's size. */
import { cleanRecord, mayBeUnclean } from './clean-text.ts';
import { type CutText, cutToJsonBytes } from './cut-text.ts';
import { cutProperties, type Limits } from './limits.ts';
import type { Properties } from './properties.ts';

/** PostHog drops events over about 1 MB, after it has acknowledged them. Envelope included. */
const EVENT_BYTES = 900_000;

/**
 * Bytes of an event beside its properties and distinct_id: about 170 of name, uuid and timestamp, 90 of `$lib`, `$lib_version`, `$is_server`
 * and `$geoip_disable`, which posthog-node 5.70 adds, and room for more.
 */
const ENVELOPE_BYTES = 400;

/** Bytes in JSON of each of input and output: together they leave a third of the event to everything else. */
const IO_BYTES = 300_000;

/** `cutIo` of the tables. */
export const cutIoForPostHog: CutText = (text, characters) => cutToJsonBytes(text, IO_BYTES, characters);

const smaller = (textBytes: number, entries: number, valueBytes: number): Limits => ({
  cutText: (text, characters) => cutToJsonBytes(text, textBytes, characters),
  entries,
  names: entries,
  valueBytes,
});

/**
 * For events that are too large, one after the other until it fits; the last always does, since no event has 100 properties. Lists must be
 * longer than texts: input and output are messages in a list.
 */
const SMALLER: readonly Limits[] = [
  smaller(IO_BYTES, 2_000, IO_BYTES + 500),
  smaller(100_000, 1_000, 100_500),
  smaller(8_000, 1_000, 8_500),
];

export interface Sized {
  properties: Properties;
  /** Of the whole event, what posthog-node adds included. */
  bytes: number;
}

/**
 * The properties, cut and with clean texts where they must be; undefined when they are too large even then.
 * @param distinctId of the event, for its size
 * @param inTexts builds the properties anew, with what would be objects or lists of JSON as text, which can be cut, and
 * texts of input and output cut to the size of the others
 */
export function sizeForPostHog(
  properties: Properties,
  distinctId: string,
  inTexts: (cutIo: CutText) => Properties,
): Sized | undefined {
  const others = ENVELOPE_BYTES + Buffer.byteLength(JSON.stringify(distinctId));
  const json = JSON.stringify(properties);
  const isUnclean = mayBeUnclean(json);
  const clean = isUnclean ? cleanRecord(properties) : properties;
  const bytes = others + Buffer.byteLength(isUnclean ? JSON.stringify(clean) : json);
  if (bytes < EVENT_BYTES) return { properties: clean, bytes };
  for (const limits of SMALLER) {
    const cut = isUnclean ? cleanRecord(inTexts(limits.cutText)) : inTexts(limits.cutText);
    cutProperties(cut, limits);
    const cutBytes = others + Buffer.byteLength(JSON.stringify(cut));
    if (cutBytes < EVENT_BYTES) return { properties: cut, bytes: cutBytes };
  }
  return undefined;
}

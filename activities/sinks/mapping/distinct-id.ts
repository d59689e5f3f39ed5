/** Whose event it is, in the vendors' terms. */
import { cleanText } from './clean-text.ts';
import { idOfText } from './event-id.ts';

/** PostHog's longest distinct_id, in characters. */
const POSTHOG_LENGTH = 200;
/** Mixpanel cuts longer texts, silently: two users could become one. */
const MIXPANEL_BYTES = 255;

/** What PostHog holds for a mistake of the caller: such ids would merge strangers into one person. */
const NOT_IN_POSTHOG: ReadonlySet<string> = new Set([
  '0',
  '00000000-0000-0000-0000-000000000000',
  'anonymous',
  'guest',
  'null',
  'none',
  'undefined',
  'true',
  'false',
  'email',
  'id',
  'distinct_id',
  'user',
  'system',
  'backend',
  'not_authenticated',
  'nan',
  '[object object]',
  'anonymous-user',
  'distinctid',
]);

const NOT_IN_MIXPANEL: ReadonlySet<string> = new Set([
  '00000000-0000-0000-0000-000000000000',
  'anon',
  'anonymous',
  'nil',
  'none',
  'null',
  'n/a',
  'na',
  'undefined',
  'unknown',
  '<nil>',
  '0',
  '-1',
  'true',
  'false',
  '[]',
  '{}',
]);

const LONGEST_FORBIDDEN = 40;

/** PostHog also refuses the words in quotes. */
const QUOTED = /^(["'])(.*)\1$/s;

function isPlaceholder(id: string, words: ReadonlySet<string>): boolean {
  const bare = id.trim();
  if (bare === '') return true;
  if (bare.length > LONGEST_FORBIDDEN) return false;
  const word = bare.toLowerCase();
  return words.has(word) || words.has(QUOTED.exec(word)?.[2]?.trim() ?? word);
}

/** The user id as PostHog takes it as distinct_id; undefined when it does not, or when there is none. */
export function postHogUser(userId: string | null | undefined): string | undefined {
  if (!userId) return undefined;
  const id = cleanText(userId);
  return id.length > POSTHOG_LENGTH || isPlaceholder(id, NOT_IN_POSTHOG) ? undefined : id;
}

/**
 * The distinct_id of an event without a user: the id of its trace (of its session, or its own, when there is none). An id that PostHog
 * would not take is replaced by a UUID made of it.
 */
export function postHogStandIn(id: string): string {
  return postHogUser(id) ?? idOfText(id);
}

/** The user id as Mixpanel takes it as distinct_id; undefined when it does not, or when there is none. */
export function mixpanelUser(userId: string | null | undefined): string | undefined {
  if (!userId) return undefined;
  const id = cleanText(userId);
  if (id.length > MIXPANEL_BYTES || isPlaceholder(id, NOT_IN_MIXPANEL)) return undefined;
  return Buffer.byteLength(id) > MIXPANEL_BYTES ? undefined : id;
}

/** Destinations that take events by HTTP: product analytics. What the vendors ask for stands in their own documentation. */
import { z } from 'zod';

/** `ai`: the vendor's own LLM views work. `langfuse`: the names of Langfuse's own integrations, for people who move from them. */
export const EVENT_STYLES = ['ai', 'langfuse'] as const;
export type EventStyle = (typeof EVENT_STYLES)[number];

const eventStyle = z.enum(EVENT_STYLES).default('ai');
/** Texts of input and output leave the company only where somebody asked for it. They are cut so that events stay within the vendor's size. */
const includeIo = z.boolean().default(false);
/** Most events a second that one worker sends to the project; default: what the vendor recommends. */
const eventsPerSecond = z.int().min(1).max(1_000_000).optional();

const host = z
  .url({ protocol: /^https?$/, error: 'a URL such as https://posthog.example.com' })
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url !== undefined && url.username === '' && url.password === '';
  }, 'must hold no user and no password: the project API key has a field of its own')
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url !== undefined && url.pathname === '/' && url.search === '' && url.hash === '';
  }, 'only scheme, host and port, without a path: we add /batch/ ourselves');

/** PostHog Cloud, or a PostHog of one's own. */
export function posthogSchema<S extends z.ZodType<string, string>>(projectApiKey: S) {
  return z
    .strictObject({
      kind: z.literal('posthog'),
      region: z.enum(['us', 'eu', 'custom']).default('us'),
      /** With region `custom` only. Plain http only where the operator allows it (checked by the worker). */
      host: host.optional(),
      projectApiKey,
      eventStyle,
      includeIo,
      eventsPerSecond,
    })
    .superRefine((value, context) => {
      if (value.region === 'custom' && value.host === undefined) {
        context.addIssue({
          code: 'custom',
          path: ['host'],
          message: 'region custom needs its host, for example https://posthog.example.com',
        });
      }
      if (value.region !== 'custom' && value.host !== undefined) {
        context.addIssue({
          code: 'custom',
          path: ['host'],
          message: `region ${value.region} has a host of its own: leave host out, or choose region "custom"`,
        });
      }
    });
}
export type PostHogDestination = z.output<ReturnType<typeof posthogSchema>>;

/** Mixpanel, in the region where the project lives. */
export function mixpanelSchema<T extends z.ZodType<string, string>, S extends z.ZodType<string, string>>(
  token: T,
  secret: S,
) {
  return z.strictObject({
    kind: z.literal('mixpanel'),
    region: z.enum(['us', 'eu', 'in']).default('us'),
    credentials: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('project_token'), token }),
      z.strictObject({
        kind: z.literal('service_account'),
        username: z
          .string()
          .regex(
            /^[A-Za-z0-9._-]{1,256}$/,
            'the user name of the service account, such as exports.1a2b3c.mp-service-account',
          ),
        secret,
        projectId: z.string().regex(/^\d{1,20}$/, 'the number of the project, from its settings'),
      }),
    ]),
    eventStyle,
    includeIo,
    eventsPerSecond,
  });
}
export type MixpanelDestination = z.output<ReturnType<typeof mixpanelSchema>>;

/** As typed by a person; blank keeps the stored one. */
export const plainPostHogKey = z
  .string()
  .regex(
    /^(phc_[A-Za-z0-9_-]{1,200})?$/,
    'the project API key, which begins with "phc_" (a personal key, "phx_", does not do)',
  );
export const plainMixpanelToken = z
  .string()
  .regex(/^([0-9a-f]{32})?$/, 'the project token: 32 digits and letters from a to f');

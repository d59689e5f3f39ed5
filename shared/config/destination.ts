import { z } from 'zod';
import { SEALED_FORM } from '../sealed-form.ts';
import {
  type MixpanelDestination,
  mixpanelSchema,
  type PostHogDestination,
  plainMixpanelToken,
  plainPostHogKey,
  posthogSchema,
} from './event-sinks.ts';
import { type S3Destination, s3Schema } from './object-stores.ts';

/** Kinds of destinations, as they stand in configurations, lists and search attributes. */
export const DESTINATION_KINDS = ['s3', 'posthog', 'mixpanel'] as const;
export type DestinationKind = (typeof DESTINATION_KINDS)[number];

/** Takes files. */
export type ObjectStoreDestination = S3Destination;
/** Takes events by HTTP. */
export type EventSinkDestination = PostHogDestination | MixpanelDestination;
export type Destination = ObjectStoreDestination | EventSinkDestination;

export function isEventSink(destination: Destination): destination is EventSinkDestination {
  return destination.kind === 'posthog' || destination.kind === 'mixpanel';
}

/** What a secret may look like, by what it is for. */
interface SecretSchemas<S extends z.ZodType<string, string>> {
  secret: S;
  posthogKey: z.ZodType<string, string>;
  mixpanelToken: z.ZodType<string, string>;
}

/**
 * Secrets come in two forms: typed by a person (`plain`, lives only in the client and in the activity that opens it) and sealed (what
 * workflows carry). An empty secret means "keep the stored one".
 */
export const plainSecret = z.string().max(4096);
export const sealedSecret = z.union([
  z.literal(''),
  z.string().regex(SEALED_FORM, 'must be sealed before it is sent to a workflow'),
]);

export const plainSecrets = { secret: plainSecret, posthogKey: plainPostHogKey, mixpanelToken: plainMixpanelToken };
export const sealedSecrets = { secret: sealedSecret, posthogKey: sealedSecret, mixpanelToken: sealedSecret };

/** Every kind of destination. A further kind is one more member here and one more file in `activities/destinations/` or `activities/sinks/`. */
export function destinationSchema<S extends z.ZodType<string, string>>(secrets: SecretSchemas<S>) {
  return z.discriminatedUnion('kind', [
    s3Schema(secrets.secret),
    posthogSchema(secrets.posthogKey),
    mixpanelSchema(secrets.mixpanelToken, secrets.secret),
  ]);
}

/** The place as people read it in a line: `s3://bucket`, `posthog://eu`. */
export function describeDestination(destination: Destination): string {
  return `${destination.kind}://${destination.kind === 's3' ? destination.bucket : destination.region}`;
}

/** The same text for the same place, whatever the credentials: exported history is there, or it is not. */
function placeOf(destination: Destination): string {
  switch (destination.kind) {
    case 's3':
      return JSON.stringify(['s3', destination.bucket, destination.prefix, destination.endpoint ?? '']);
    case 'posthog':
      // The project is known by its key only: who enters the key of another project says `history: 'restart'`.
      return JSON.stringify(['posthog', destination.region, hostOf(destination)]);
    case 'mixpanel':
      return JSON.stringify(['mixpanel', destination.region, accountOf(destination).projectId]);
  }
}

/** True when the two stand for different places: exported history does not exist at the new one. */
export function isOtherPlace(a: Destination, b: Destination): boolean {
  return placeOf(a) !== placeOf(b);
}

/** True when a stored secret must not be reused: it would be shown to another host, or used in another role. */
export function needsSecretAgain(before: Destination, after: Destination): boolean {
  return holderOf(before) !== holderOf(after);
}

/** Who gets to see the secret, and as whose. */
function holderOf(destination: Destination): string {
  switch (destination.kind) {
    case 's3': {
      const { endpoint = '', region, credentials } = destination;
      return JSON.stringify(['s3', endpoint, region, credentials.kind, accessKeyOf(destination)]);
    }
    case 'posthog':
      return JSON.stringify(['posthog', destination.region, hostOf(destination)]);
    case 'mixpanel': {
      const { username, projectId } = accountOf(destination);
      return JSON.stringify(['mixpanel', destination.region, destination.credentials.kind, username, projectId]);
    }
  }
}

function accessKeyOf({ credentials }: S3Destination): string {
  return credentials.kind === 'static' ? credentials.accessKeyId : '';
}

/** `https://us.i.posthog.com/` and `https://us.i.posthog.com` are the same. */
function hostOf({ host = '' }: PostHogDestination): string {
  return URL.canParse(host) ? new URL(host).origin : host;
}

function accountOf({ credentials }: MixpanelDestination): { username: string; projectId: string } {
  return credentials.kind === 'service_account' ? credentials : { username: '', projectId: '' };
}

import type { Destination } from '../shared/config/destination.ts';

/** The bucket of a destination as one text: two integrations' records never mix it with another. */
export function placeOf(destination: Destination): string {
  return `${destination.kind}:${destination.endpoint ?? 'aws'}/${destination.bucket}`;
}

import type { ObjectStoreDestination } from '../../shared/config/destination.ts';

/** The bucket of a destination as one text: two integrations' records never mix it with another. */
export function placeOf(destination: ObjectStoreDestination): string {
  return `${destination.kind}:${destination.endpoint ?? 'aws'}/${destination.bucket}`;
}

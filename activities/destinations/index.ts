/** Every kind of destination that takes files. A further kind is one more case here and one more file beside it. */
import type { ObjectStoreDestination } from '../../shared/config/destination.ts';
import type { ObjectStore } from './object-store.ts';
import type { OpenOptions } from './open-options.ts';
import { openS3Store } from './s3.ts';

/**
 * Opens the store of an integration; nothing is sent before its first operation. `close()` it when done.
 * @throws ExportError ConfigInvalid when the operator's policy forbids the destination or its secret cannot be opened
 */
export function openObjectStore(destination: ObjectStoreDestination, options: OpenOptions): ObjectStore {
  switch (destination.kind) {
    case 's3':
      return openS3Store(destination, options);
  }
}

import type { Job, Window } from '../../shared/activities.ts';
import { type Manifest, ManifestError, parseManifest } from '../../shared/manifest.ts';
import { manifestKey } from '../../shared/names.ts';
import type { ObjectStore } from '../destinations/object-store.ts';
import { ExportError } from '../export-error.ts';
import { fileDestination } from './file-destination.ts';

/** Where the manifest of a window is. */
export function manifestKeyOf({ projectId, integrationId, config }: Job, window: Window): string {
  return manifestKey({ projectId, integrationId, prefix: fileDestination(config).prefix }, window);
}

/** The present manifest under `key`, or undefined when nothing was committed there. */
export async function readManifest(store: ObjectStore, key: string): Promise<Manifest | undefined> {
  const bytes = await store.get(key);
  if (bytes === undefined) return undefined;
  try {
    return parseManifest(bytes.toString('utf8'));
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw new ExportError(
      'ConfigInvalid',
      `The manifest ${key} cannot be used: ${error.message}.`,
      'Something else has written it, or a newer release. Restore that object, or delete it so that the period is exported anew; then resume.',
      { cause: error },
    );
  }
}

/** The revision that comes after what is committed now. */
export function nextRevision(present: Manifest | undefined): number {
  return (present?.revision ?? 0) + 1;
}

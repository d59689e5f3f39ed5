/** The object that says whose folder this is, so that two installations never write into the same one. */
import { z } from 'zod';
import { type IntegrationRef, ownerKey } from '../../shared/names.ts';
import { ExportError } from '../export-error.ts';
import type { ObjectStore } from './object-store.ts';

/**
 * An owner is an integration of an installation. Another integration has another folder, so a foreign owner is mostly a second
 * deployment with copied ids: a restored backup, a staging system.
 */
export interface Owner extends IntegrationRef {
  /** A random id that a deployment keeps for ever, the same for all its workers. */
  installation: string;
}

const markerSchema = z.object({ projectId: z.string(), integrationId: z.string(), installation: z.string() });

/**
 * Claims the integration's folder; claiming it again is fine.
 * @param at ISO instant, for people who look at the marker
 * @throws ExportError ConfigInvalid when the folder has another owner
 */
export async function claimFolder(
  store: Pick<ObjectStore, 'get' | 'putIfAbsent'>,
  { prefix, owner, at }: { prefix: string; owner: Owner; at: string },
): Promise<void> {
  const { projectId, integrationId, installation } = owner;
  const key = ownerKey({ prefix, projectId, integrationId });
  // Looked at before as well as after: some servers ignore the condition of a put and would replace a foreign marker.
  const present = await store.get(key);
  if (present === undefined) {
    const marker = { version: 1, projectId, integrationId, installation, claimedAt: at };
    await store.putIfAbsent(key, `${JSON.stringify(marker, undefined, 2)}\n`, 'application/json; charset=utf-8');
  }
  const marker = present ?? (await store.get(key));
  if (marker === undefined || !isOwner(marker.toString('utf8'), owner)) throw foreignOwner(key);
}

function isOwner(text: string, owner: Owner): boolean {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return false;
  }
  const { data: marker } = markerSchema.safeParse(json);
  return (
    marker !== undefined &&
    marker.projectId === owner.projectId &&
    marker.integrationId === owner.integrationId &&
    marker.installation === owner.installation
  );
}

function foreignOwner(key: string): ExportError {
  return new ExportError(
    'ConfigInvalid',
    `The folder belongs to another installation: ${key} names another owner, or cannot be read`,
    `Choose another prefix. If the other installation no longer exports here, delete ${key} and try again.`,
  );
}

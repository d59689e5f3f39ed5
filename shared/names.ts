/**
 * Names of workflows and objects: the one place that makes them. Pure, so that workflow code may import it.
 * Two different things never get the same name, and no name is ever cut: see `names-folder.ts` and `names-times.ts`.
 */
import type { Window } from './activities.ts';
import { extensionOf, type FileKind } from './names-files.ts';
import { type FolderOf, folderOf } from './names-folder.ts';
import { compactInstant } from './names-times.ts';

export interface IntegrationRef {
  projectId: string;
  integrationId: string;
}

/** What a window's names are made of. */
export type WindowRef = Pick<Window, 'axis' | 'start' | 'end' | 'late'>;

export interface DataObjectRef extends FolderOf, FileKind {
  /** The destination's prefix: '' or with a "/" at its end. */
  prefix: string;
  window: WindowRef;
  revision: number;
  /** `p0003`, split: `p0003-0`. */
  part: string;
}

/** `integration/<projectId>/<integrationId>`. */
export function integrationWorkflowId({ projectId, integrationId }: IntegrationRef): string {
  return `integration/${projectId}/${integrationId}`;
}

/** `<integration workflow id>/<axis>/<start>`, for a late sweep with `/late-2h` at its end. */
export function periodWorkflowId(integration: IntegrationRef, window: Omit<WindowRef, 'end'>): string {
  const late = window.late === undefined ? '' : `/${lateMark(window.late)}`;
  return `${integrationWorkflowId(integration)}/${window.axis}/${window.start}${late}`;
}

/** `{prefix}{folder}/{start}--{end}.r{revision}[.late-2h].{part}.jsonl.gz`. */
export function objectKey(object: DataObjectRef): string {
  const { prefix, window, revision, part } = object;
  const late = window.late === undefined ? '' : `.${lateMark(window.late)}`;
  const name = `${boundsOf(window)}.r${revision}${late}.${part}.${extensionOf(object)}`;
  return `${prefix}${folderOf(object)}/${name}`;
}

/** `{prefix}{projectId}/{integrationId}/manifests/{axis}/{start}--{end}[.late-2h].json`: the same for every revision and layout. */
export function manifestKey(integration: IntegrationRef & { prefix: string }, window: WindowRef): string {
  const late = window.late === undefined ? '' : `.${lateMark(window.late)}`;
  return `${integrationFolder(integration)}manifests/${window.axis}/${boundsOf(window)}${late}.json`;
}

/** The object that says whose folder this is. */
export function ownerKey(integration: IntegrationRef & { prefix: string }): string {
  return `${integrationFolder(integration)}_owner.json`;
}

/** `{prefix}{projectId}/{integrationId}/`: home of manifests and owner marker, whatever the layout. */
export function integrationFolder({ prefix, projectId, integrationId }: IntegrationRef & { prefix: string }): string {
  return `${prefix}${projectId}/${integrationId}/`;
}

function boundsOf(window: Pick<WindowRef, 'start' | 'end'>): string {
  return `${compactInstant(window.start)}--${compactInstant(window.end)}`;
}

function lateMark(hours: number): string {
  return `late-${hours}h`;
}

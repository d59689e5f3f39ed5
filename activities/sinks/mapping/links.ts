/** Links into the web interface of the store. */

const PLAIN = /^[\w.-]*$/;

/** A segment of a path. Lone surrogates would make `encodeURIComponent` throw. */
function segment(text: string): string {
  if (PLAIN.test(text)) return text;
  return encodeURIComponent(text.isWellFormed() ? text : text.toWellFormed());
}

export interface LinkBase {
  projectId: string;
  /** Address of the web interface, such as `https://langfuse.example.com`; without it there are no links. */
  baseUrl?: string;
}

function projectUrl({ projectId, baseUrl }: LinkBase): string | undefined {
  if (!baseUrl) return undefined;
  return `${baseUrl.endsWith('/') ? baseUrl.slice(0, -1) : baseUrl}/project/${segment(projectId)}`;
}

/** The trace, opened at one of its observations if one is given. */
export function traceUrl(base: LinkBase, traceId: string | null, observationId?: string | null): string | undefined {
  const project = projectUrl(base);
  if (project === undefined || !traceId) return undefined;
  const trace = `${project}/traces/${segment(traceId)}`;
  return observationId ? `${trace}?observation=${segment(observationId)}` : trace;
}

export function userUrl(base: LinkBase, userId: string | null | undefined): string | undefined {
  const project = projectUrl(base);
  return project === undefined || !userId ? undefined : `${project}/users/${segment(userId)}`;
}

export function sessionUrl(base: LinkBase, sessionId: string | null | undefined): string | undefined {
  const project = projectUrl(base);
  return project === undefined || !sessionId ? undefined : `${project}/sessions/${segment(sessionId)}`;
}

/** Ids of events, by which both vendors recognise an event that was sent before. */
import { parse, v5 } from 'uuid';

/** Drawn once. It never changes: with another one every event sent again would count twice. */
const NAMESPACE = parse('a16e347c-3a70-483f-8271-104cc1e0df4a');

/** A part of the name, without the separator, so that different parts never make the same name. */
function part(text: string): string {
  return text.includes('/') || text.includes('%') ? text.replaceAll('%', '%25').replaceAll('/', '%2F') : text;
}

/**
 * UUIDv5 of `projectId/traceId/spanId/eventName`: 36 characters, the same for the same row at every attempt. A trace of its own row
 * has its id as span id, a score its own id.
 */
export function eventId(projectId: string, traceId: string, spanId: string, eventName: string): string {
  // Bytes, because the package refuses texts with lone surrogates, and takes twice as long for texts.
  return v5(Buffer.from(`${part(projectId)}/${part(traceId)}/${part(spanId)}/${eventName}`), NAMESPACE);
}

/** UUIDv5 of a text, for ids that a vendor does not take as they are. */
export function idOfText(text: string): string {
  return v5(Buffer.from(text), NAMESPACE);
}

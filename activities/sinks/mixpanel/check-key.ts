/** Asks Mixpanel whether it takes events with these credentials, without leaving one there. */
import type { HttpAnswer } from '../http-request.ts';
import { answerError, otherServerError, type SinkPlace } from '../sink-failures.ts';
import { isImportResult } from './mixpanel-answers.ts';

/**
 * Without `time`, `$insert_id` and a name, each of which a strict import requires by itself: Mixpanel refuses it with 400 when the credentials
 * are right, with 401 when they are not, and imports nothing in either case.
 */
const REFUSED_EVENT = JSON.stringify([{ event: '', properties: { distinct_id: '' } }]);

/** @throws ExportError when Mixpanel refuses the credentials, or cannot be asked now */
export async function checkMixpanelKey(
  importJson: (body: string) => Promise<HttpAnswer>,
  place: SinkPlace,
): Promise<void> {
  const answer = await importJson(REFUSED_EVENT);
  if (answer.status === 200 || (answer.status === 400 && isImportResult(answer))) return;
  if (answer.status === 400) throw otherServerError(place, answer.status);
  throw answerError(answer, place, Date.now());
}

/** Finds the events that keep their batch from being taken: a batch that does not pass is halved until they stand alone. */
import { ExportError } from '../export-error.ts';
import type { RefusedEvent } from './event-sink.ts';
import type { Decision } from './verdict.ts';

/**
 * So many events of one batch, each refused on its own while none was taken, are no faults of events any more: something is wrong between
 * us and the vendor, and going on would refuse everything there is.
 */
const DOUBT_AFTER = 20;

/**
 * Sends a batch, in halves of halves where the vendor does not take it as it is. Resolves with the refused events, in order.
 * @param send one request; undefined events never occur
 * @param vendor for the message
 * @param believe see `SendOptions.believeRefusals`
 * @throws ExportError what `send` decides on as `failed`; `Unexpected` when it looks as if nothing at all would be taken
 */
export async function sendInHalves<E>(
  events: readonly E[],
  send: (batch: readonly E[]) => Promise<Decision>,
  vendor: string,
  believe = false,
): Promise<RefusedEvent[]> {
  const refused: RefusedEvent[] = [];
  let anyTaken = false;

  const sendFrom = async (start: number, batch: readonly E[]): Promise<void> => {
    const decision = await send(batch);
    switch (decision.kind) {
      case 'failed':
        throw decision.error;
      case 'delivered':
        for (const event of decision.refused) refused.push({ ...event, index: start + event.index });
        anyTaken = true;
        return;
      case 'halve': {
        if (batch.length > 1) {
          const half = Math.ceil(batch.length / 2);
          await sendFrom(start, batch.slice(0, half));
          await sendFrom(start + half, batch.slice(half));
          return;
        }
        refused.push({ ...decision.alone, index: start });
        if (!believe && !anyTaken && refused.length >= DOUBT_AFTER) throw nothingTaken(vendor, decision.status);
      }
    }
  };

  if (events.length > 0) await sendFrom(0, events);
  return refused.sort((a, b) => a.index - b.index);
}

function nothingTaken(vendor: string, status: number): ExportError {
  return new ExportError(
    'Unexpected',
    `${vendor} refused ${DOUBT_AFTER} events one after the other, each sent on its own, and took none (HTTP ${status})`,
    `Nothing was put aside; it is tried again. If it stays, look for a proxy that changes or limits requests, and at the state of ${vendor}.`,
  );
}

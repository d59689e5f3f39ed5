import { SealError } from '../shared/sealed.ts';
import type { Context } from './context.ts';
import { InvalidConfig } from './errors.ts';

/**
 * Tokens of Temporal, sealed for the list that they continue: one that was made up would keep Temporal busy until the deadline, and one
 * of another list would skip or repeat lines.
 * @param list kind and filters of the list; with a "/", so that no integration can have this id
 */
export function pageTokens({ sealer }: Context, projectId: string, list: `${string}/${string}`) {
  const belongsTo = { projectId, integrationId: list };
  return {
    seal: (token: Uint8Array) => sealer.seal(Buffer.from(token).toString('base64'), belongsTo),
    /** @throws InvalidConfig */
    open(token: string): Uint8Array {
      try {
        return Buffer.from(sealer.open(token, belongsTo), 'base64');
      } catch (error) {
        if (!(error instanceof SealError)) throw error;
        const message = 'give back the nextPageToken of the page before, with the same project and filters';
        throw new InvalidConfig([{ path: 'pageToken', message }]);
      }
    },
  };
}

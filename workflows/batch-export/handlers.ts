import { ApplicationFailure, condition, log, setHandler } from '@temporalio/workflow';
import type { BatchExportState } from '../../shared/batch-export.ts';
import { toApplicationFailure } from '../failure-of.ts';
import { type Asked, batchExportState, removeFile } from '../messages.ts';

/** Answers the query and the update. @returns what people wish of the workflow; it changes under the reader's eyes */
export function registerHandlers(state: BatchExportState): { readonly remove: boolean } {
  const wish = { remove: false };
  setHandler(batchExportState, () => state, {
    description: 'What was asked, how far it is, the file or what went wrong',
  });
  setHandler(
    removeFile,
    async ({ actor }: Asked) => {
      log.info('The file is removed before its time', { actor });
      wish.remove = true;
      await condition(() => state.status === 'EXPIRED');
      if (state.failure !== undefined) throw toApplicationFailure(state.failure);
    },
    {
      validator(_: Asked) {
        if (state.status === 'COMPLETED') return;
        throw ApplicationFailure.nonRetryable(`The export is ${state.status}: it has no file to remove.`, 'Refused');
      },
      description: 'Removes the file of a finished export now; the export is EXPIRED then',
    },
  );
  return wish;
}

import type { Client } from '@temporalio/client';
import type { DownloadStorageResult } from '../shared/download-storage.ts';
import type { Sealer } from '../shared/sealed.ts';

/** How long to wait, in milliseconds. */
export interface Timeouts {
  /** For a worker's answer to a change; then the answer is "no worker is running". Default 10,000. */
  answer: number;
  /** For the present state; then what Temporal stores is shown instead. Default 5,000. */
  query: number;
  /** For what is deleted or cancelled to end what it is doing. Default 30,000. */
  close: number;
  /** For the test of a destination (its activity may take two minutes). Default 150,000. */
  test: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = { answer: 10_000, query: 5_000, close: 30_000, test: 150_000 };

/** What every function of the client works with. */
export interface Context {
  client: Client;
  namespace: string;
  /** Where the workers of `workflows/` poll. */
  taskQueue: string;
  sealer: Sealer;
  /** Where the files of batch exports are, or why there can be none. */
  downloads: DownloadStorageResult;
  timeouts: Timeouts;
}

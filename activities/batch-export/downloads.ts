import type { DownloadStorage } from '../../shared/download-storage.ts';
import type { ObjectStore } from '../destinations/object-store.ts';
import { ExportError } from '../export-error.ts';
import type { OrderedSource } from '../source/ordered-rows.ts';
import type { SliceTarget } from './slices.ts';

/** What files of batch exports need beside the other dependencies; opened once per worker. */
export interface Downloads {
  /** Over the operator's bucket; stays open. */
  store: ObjectStore;
  prefix: DownloadStorage['prefix'];
  rowLimit?: DownloadStorage['rowLimit'];
  source: OrderedSource;
  /** Default: `SLICE_TARGET`. */
  sliceTarget?: SliceTarget;
}

/** The problem is that of `readDownloadStorage`. */
export type OptionalDownloads = Downloads | { problem: string };

/** @throws ExportError ConfigInvalid that names the variable at fault */
export function downloadsOf({ downloads }: { downloads: OptionalDownloads }): Downloads {
  if (!('problem' in downloads)) return downloads;
  throw new ExportError(
    'ConfigInvalid',
    `This worker cannot make files for download: ${downloads.problem}`,
    "Set the variables in the worker's environment and start it again.",
  );
}

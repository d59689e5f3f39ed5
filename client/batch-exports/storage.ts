import type { DownloadStorage } from '../../shared/download-storage.ts';
import type { Context } from '../context.ts';
import { Refused } from '../errors.ts';

/** @throws Refused with the variable to set, when there is no place for files */
export function storageOf({ downloads }: Context): DownloadStorage {
  if ('storage' in downloads) return downloads.storage;
  throw new Refused(`Batch exports have no storage: ${downloads.problem}`);
}

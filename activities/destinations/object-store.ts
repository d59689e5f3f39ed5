/** What activities need of an object store; one file per kind beside this one implements it. */
import type { Readable } from 'node:stream';
import type { ProbeStep } from '../../shared/activities.ts';

export interface UploadOptions {
  contentType: string;
  /** What browsers do with the object, and the file name they give it. */
  contentDisposition?: string;
  /** Expected size of the object in bytes; the size of the multipart's parts follows from it, so that no upload reaches 10,000 parts. */
  expectedBytes: number;
  signal: AbortSignal;
  /** True when an earlier attempt may have left an object under this key: it is removed first. */
  replaceLeftover: boolean;
  /** Called with the upload's id before the first byte leaves, so that a later attempt can abort it. Not called for small objects (one put). */
  onUploadStarted: (uploadId: string) => void;
}

export interface ObjectStore {
  /**
   * Streams one object. A data object is never replaced: where one exists under the key (a zombie attempt), this fails with DestinationBusy.
   * On failure or abort nothing is left: the multipart upload is aborted. The body is destroyed in any case.
   * Throws ExportError for faults of the store, the body's own error as it is, and the signal's reason when aborted.
   */
  upload(key: string, body: Readable, options: UploadOptions): Promise<{ bytes: number }>;
  /** Replaces a small object (manifests). */
  put(key: string, body: string | Buffer, contentType: string): Promise<void>;
  /** Puts unless the key exists; true when put. */
  putIfAbsent(key: string, body: string, contentType: string): Promise<boolean>;
  /** A small object, or undefined when there is none. */
  get(key: string): Promise<Buffer | undefined>;
  /** Removes objects by name; names that do not exist are fine. */
  remove(keys: readonly string[]): Promise<void>;
  /** Ends an upload of a dead attempt; an unknown id is fine. */
  abortUpload(key: string, uploadId: string): Promise<void>;
  /** Tries each right that an export needs and leaves nothing behind. Never throws: failures stand in the steps, and later steps are left out. */
  test(): Promise<ProbeStep[]>;
  close(): void;
}

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A connection of the addon: opaque, one query at a time. */
export type Connection = object;

/** What the addon reports about a finished statement. */
export interface NativeResult {
  bytes: Uint8Array;
  rowsRead: number;
  bytesRead: number;
}

/** What the addon reports about a finished insert. */
export interface NativeInsertResult {
  rowsWritten: number;
  bytesWritten: number;
}

/** The part of chDB's addon that this front uses. */
export interface ChdbNative {
  CreateConnection(dataDir: string, args: readonly string[]): Connection;
  CloseConnection(connection: Connection): void;
  QueryAsyncConnection(connection: Connection, sql: string, format: string): Promise<NativeResult>;
  InsertRawAsyncConnection(
    connection: Connection,
    prefix: string,
    data: Uint8Array,
    countLines: boolean,
  ): Promise<NativeInsertResult>;
}

/**
 * Loads chDB's addon below its `Session` class.
 *
 * `Session.close()` waits until no session of the process is busy, so with one connection per request the closed ones
 * would pile up behind every long stream. The addon itself closes at once.
 */
export function loadChdb(): ChdbNative {
  const require = createRequire(import.meta.url);
  const loader: { loadNative(): ChdbNative } = require(join(dirname(require.resolve('chdb')), 'dist', 'loader.js'));
  return loader.loadNative();
}

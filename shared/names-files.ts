/** Extensions and content types of the files, by format and compression. */
import type { Compression, Format } from './config/integration.ts';

export interface FileKind {
  format: Format;
  compression: Compression;
}

const CONTENT_TYPES: Record<Format, string> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
  jsonl: 'application/x-ndjson; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
};

const COMPRESSED: Record<Exclude<Compression, 'none'>, { suffix: string; contentType: string }> = {
  gzip: { suffix: '.gz', contentType: 'application/gzip' },
  zstd: { suffix: '.zst', contentType: 'application/zstd' },
};

/** `jsonl.gz`, `parquet`: without a leading dot. */
export function extensionOf({ format, compression }: FileKind): string {
  return compression === 'none' ? format : `${format}${COMPRESSED[compression].suffix}`;
}

/** The type of the stored bytes. Compressed files never get a Content-Encoding, with which clients would unpack them on the way. */
export function contentTypeOf({ format, compression }: FileKind): string {
  return compression === 'none' ? CONTENT_TYPES[format] : COMPRESSED[compression].contentType;
}

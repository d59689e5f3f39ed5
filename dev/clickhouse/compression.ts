import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { constants, createBrotliCompress, createDeflate, createGzip, createZstdCompress } from 'node:zlib';

const COMPRESSORS = {
  gzip: () => createGzip({ level: 1 }),
  zstd: () => createZstdCompress(),
  br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  deflate: () => createDeflate({ level: 1 }),
};

/** A content encoding that the front can write. */
export type Encoding = keyof typeof COMPRESSORS;

/** The encoding that the client accepts and the front knows, in the client's order. */
export function acceptedEncoding(header: string | undefined): Encoding | undefined {
  const offered = (header ?? '').split(',').map((part) => part.split(';')[0]?.trim());
  return offered.flatMap((name) => (isEncoding(name) ? [name] : []))[0];
}

function isEncoding(name: string | undefined): name is Encoding {
  return name !== undefined && name in COMPRESSORS;
}

/** Where the rows go: the answer itself, or a compressor before it. */
export function compressed(response: ServerResponse, encoding: Encoding | undefined): Writable {
  if (encoding === undefined) return response;
  const compressor = COMPRESSORS[encoding]();
  compressor.pipe(response);
  response.on('close', () => compressor.destroy());
  return compressor;
}

import { isAscii } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';

/** Why a request's body cannot be used. */
export interface BodyFault {
  status: 400 | 413;
  reason: string;
  message: string;
}

/** A request's body: how many bytes came, and its text. */
export interface RequestText {
  received: number;
  uncompressed: number;
  text: string;
}

/** Reads the whole body, so that the connection can be used again; keeps no more than `limit` bytes. Rejects when the client leaves. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | BodyFault> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= limit) chunks.push(chunk);
  }
  return length <= limit ? Buffer.concat(chunks, length) : tooLarge(limit);
}

/** The text of a body, after gunzip where its encoding says so; `limit` in bytes before compression, which the body itself keeps. */
export function textOf(body: Buffer, encoding: string | undefined, limit: number): RequestText | BodyFault {
  const plain = decompressed(body, encoding, limit);
  if (!Buffer.isBuffer(plain)) return plain;
  // Where all is ASCII, latin1 says the same and is only copied.
  const text = plain.toString(isAscii(plain) ? 'latin1' : 'utf8');
  return { received: body.length, uncompressed: plain.length, text };
}

function decompressed(body: Buffer, encoding: string | undefined, limit: number): Buffer | BodyFault {
  if (encoding === undefined || encoding === 'identity') return body;
  if (encoding !== 'gzip') return unreadable('The only Content-Encoding is gzip');
  // The last four bytes of a gzip tell its length: with a single piece of that size nothing has to be joined.
  const length = body.length >= 4 ? body.readUInt32LE(body.length - 4) : 0;
  try {
    // Synchronous: half of the CPU time of the other way, where every piece travels to another thread and back.
    return gunzipSync(body, { chunkSize: Math.min(length, limit) + 64, maxOutputLength: limit });
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return isTooLarge ? tooLarge(limit) : unreadable('The body is no gzip');
  }
}

function tooLarge(limit: number): BodyFault {
  return {
    status: 413,
    reason: 'body_too_large',
    message: `The body is larger than ${limit} bytes before compression`,
  };
}

function unreadable(message: string): BodyFault {
  return { status: 400, reason: 'body_unreadable', message };
}

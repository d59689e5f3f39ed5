import { randomBytes } from 'node:crypto';
import type { Encoding } from './compression.ts';
import type { EngineResult } from './engine.ts';

/** What is known of an answer before its first byte. */
export interface AnswerHead {
  queryId: string;
  format: string;
  /** Content encoding to use, from `acceptedEncoding`. */
  encoding: Encoding | undefined;
  /** Whether the whole answer is waited for, so that an error still gets an HTTP status (`wait_end_of_query=1`). */
  waitForEnd: boolean;
  /** ` (version …)`, as ClickHouse ends its messages. */
  versionTail: string;
}

/** The headers of every answer to a statement. */
export function headersOf(head: AnswerHead, tag: string): Record<string, string> {
  return {
    'Content-Type': contentTypeOf(head.format),
    ...(head.encoding === undefined ? {} : { 'Content-Encoding': head.encoding }),
    'X-ClickHouse-Server-Display-Name': 'event-exports-embedded',
    'X-ClickHouse-Query-Id': head.queryId,
    'X-ClickHouse-Format': head.format,
    'X-ClickHouse-Timezone': 'UTC',
    'X-ClickHouse-Exception-Tag': tag,
  };
}

function contentTypeOf(format: string): string {
  if (/^CSV/.test(format)) return 'text/csv; charset=UTF-8';
  if (/^(TSV|TabSeparated)/.test(format)) return 'text/tab-separated-values; charset=UTF-8';
  if (/^JSON.*EachRow/.test(format)) return 'application/x-ndjson; charset=UTF-8';
  if (/^JSON/.test(format)) return 'application/json; charset=UTF-8';
  if (/^(Parquet|Arrow|ORC|Native|RowBinary|Avro|MsgPack)/.test(format)) return 'application/octet-stream';
  return 'text/plain; charset=UTF-8';
}

/** `X-ClickHouse-Summary`: only what the engine reports; what it does not is 0. */
export function summaryOf(result: EngineResult | undefined): string {
  return JSON.stringify({
    read_rows: '0',
    read_bytes: '0',
    written_rows: String(result?.writtenRows ?? 0),
    written_bytes: String(result?.writtenBytes ?? 0),
    total_rows_to_read: '0',
    result_rows: String(result?.rows ?? 0),
    result_bytes: '0',
    elapsed_ns: '0',
  });
}

/** Sixteen letters that the data cannot be expected to hold: they mark the exception block in a body. */
export function exceptionTag(): string {
  return Array.from(randomBytes(16), (byte) => String.fromCharCode(97 + (byte % 26))).join('');
}

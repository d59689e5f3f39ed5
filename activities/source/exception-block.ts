/** How a failure looks at the end of a body that began with status 200. */
import type { Format } from '../../shared/config/integration.ts';

/** ClickHouse's block is at most 16 KiB; untagged messages are cut at about that size too. */
export const LONGEST_BLOCK = 32 * 1024;

/** Older servers append the message as it stands in their log. */
const UNTAGGED = /Code: \d+\. DB::Exception: [\s\S]*\(version [^()]*(?:\([^()]*\))?\)\s*$/;

const LAST_BYTES: Readonly<Record<Format, string>> = { csv: '\n', json: ']\n', jsonl: '\n', parquet: 'PAR1' };

/**
 * The server's message in the last bytes of a body, or undefined. With a tag only the exact block counts: its tag is random, so no
 * row value can look like it. Without one a body that ends like a log line is a failure: no format ends so.
 */
export function messageInTail(tail: Buffer, tag: string | undefined): string | undefined {
  if (tag === undefined) return UNTAGGED.exec(tail.toString('utf8'))?.[0].trim();
  const opening = `\r\n__exception__\r\n${tag}\r\n`;
  const start = tail.lastIndexOf(opening);
  if (start < 0) return undefined;
  const message = tail.toString('utf8', start + opening.length);
  return message.replace(new RegExp(`\\d+ ${tag}\\r\\n__exception__\\r\\n$`), '').trim();
}

/** False when the body cannot be whole. An empty JSONL file is whole. */
export function endsLike(format: Format, tail: Buffer, totalBytes: number): boolean {
  if (totalBytes === 0) return format === 'jsonl';
  return tail.subarray(-LAST_BYTES[format].length).toString('latin1') === LAST_BYTES[format];
}

/** Makes one file of several of the same text format: one header, one JSON array. */
import type { Format } from '../../shared/config/integration.ts';

/** Formats whose files can be joined byte by byte. */
export type TextFormat = Exclude<Format, 'parquet'>;

/** What stands around the rows in a file of its own, as ClickHouse writes it, and what stands between the rows of two files. */
interface Frame {
  opening: string;
  /** The length of the closing is what counts: it is left out unread. */
  closing: string;
  between: string;
}

const JSON_FRAME: Frame = { opening: '[\n', closing: '\n]\n', between: ',\n' };
const BARE: Frame = { opening: '', closing: '', between: '' };

const NEWLINE = 0x0a;

/** The bytes of the joined file; the next file is asked for when the one before it has ended. */
export async function* joinFiles(
  format: TextFormat,
  files: AsyncIterable<AsyncIterable<Buffer>>,
): AsyncGenerator<Buffer, void, undefined> {
  const { opening, closing, between } = format === 'json' ? JSON_FRAME : BARE;
  let isFirst = true;
  let hasRows = false;
  if (opening !== '') yield Buffer.from(opening);
  for await (const file of files) {
    const body = format === 'csv' ? (isFirst ? file : withoutLine(file)) : withoutEnds(file, opening, closing);
    let isFileStart = true;
    for await (const chunk of body) {
      if (isFileStart && hasRows && between !== '') yield Buffer.from(between);
      isFileStart = false;
      hasRows = true;
      yield chunk;
    }
    isFirst = false;
  }
  if (closing !== '') yield Buffer.from(closing);
}

/** Without the header line: names of columns hold no line break. */
async function* withoutLine(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isHeader = true;
  for await (const chunk of file) {
    const rest = isHeader ? chunk.subarray(chunk.indexOf(NEWLINE) + 1) : chunk;
    if (isHeader && !chunk.includes(NEWLINE)) continue;
    isHeader = false;
    if (rest.length > 0) yield rest;
  }
}

async function* withoutEnds(file: AsyncIterable<Buffer>, opening: string, closing: string): AsyncGenerator<Buffer> {
  let skip = opening.length;
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of file) {
    const rest = chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - rest.length;
    if (rest.length <= closing.length) {
      const joined = Buffer.concat([held, rest]);
      const surplus = Math.max(0, joined.length - closing.length);
      if (surplus > 0) yield joined.subarray(0, surplus);
      held = joined.subarray(surplus);
    } else {
      if (held.length > 0) yield held;
      const end = rest.length - closing.length;
      yield rest.subarray(0, end);
      held = rest.subarray(end);
    }
  }
}

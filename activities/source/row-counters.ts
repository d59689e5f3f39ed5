/** Counts rows in rendered bytes, chunk by chunk, without making anything of a row. */
import { parquetMetadata } from 'hyparquet';
import type { Format } from '../../shared/config/integration.ts';
import { ExportError } from '../export-error.ts';

export interface RowCounter {
  add(chunk: Buffer): void;
  /** Rows so far; 0 for Parquet before its end. */
  readonly rows: number;
  /** Rows of the whole file. Throws when the bytes cannot be a whole file. */
  finish(): number;
}

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BRACE = 0x7b;

/** Each byte of a word. */
const FOUR_QUOTES = 0x22222222;
const FOUR_NEWLINES = 0x0a0a0a0a;
const ONES = 0x01010101;
const HIGH_BITS = 0x80808080;
const NO_WORDS = new Int32Array(0);

export function createRowCounter(format: Format): RowCounter {
  switch (format) {
    case 'csv':
      return csvCounter();
    case 'json':
      return jsonCounter();
    case 'jsonl':
      return jsonlCounter();
    case 'parquet':
      return parquetCounter();
  }
}

function cut(format: string): ExportError {
  return new ExportError(
    'SourceOverloaded',
    `The rows from ClickHouse end in the middle of the ${format} file.`,
    'The export tries again. If this goes on, look for a proxy between worker and ClickHouse that cuts long answers.',
  );
}

/**
 * Lines outside quotes, without the header. A doubled quote ends a cell and opens it again. Four bytes at a time are looked through
 * for a quote or a line break (the classic test for a zero byte in a word); only where there may be one, byte by byte: two to three
 * times as fast as bytes alone (measured).
 */
function csvCounter(): RowCounter {
  let lines = 0;
  let inside = false;
  const look = (chunk: Buffer, from: number, to: number) => {
    for (let at = from; at < to; at += 1) {
      const byte = chunk[at];
      if (byte === QUOTE) inside = !inside;
      else if (byte === NEWLINE && !inside) lines += 1;
    }
  };
  return {
    add(chunk) {
      const { buffer, byteOffset, length } = chunk;
      // Words must be aligned in memory.
      const lead = Math.min(length, -byteOffset & 3);
      const words = lead === length ? NO_WORDS : new Int32Array(buffer, byteOffset + lead, (length - lead) >> 2);
      look(chunk, 0, lead);
      for (let index = 0; index < words.length; index += 1) {
        const word = words[index] ?? 0;
        const quotes = word ^ FOUR_QUOTES;
        const newlines = word ^ FOUR_NEWLINES;
        const zeros = ((quotes - ONES) & ~quotes) | ((newlines - ONES) & ~newlines);
        if ((zeros & HIGH_BITS) !== 0) look(chunk, lead + index * 4, lead + index * 4 + 4);
      }
      look(chunk, lead + words.length * 4, length);
    },
    get rows() {
      return Math.max(0, lines - 1);
    },
    finish() {
      if (inside || lines === 0) throw cut('CSV');
      return lines - 1;
    },
  };
}

function jsonlCounter(): RowCounter {
  let rows = 0;
  return {
    add(chunk) {
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) rows += 1;
    },
    get rows() {
      return rows;
    },
    finish: () => rows,
  };
}

/** ClickHouse writes `[`, one line per row, `]`; texts hold no line break, so each line that begins with a brace is a row. */
function jsonCounter(): RowCounter {
  let rows = 0;
  let afterNewline = false;
  return {
    add(chunk) {
      if (afterNewline && chunk[0] === BRACE) rows += 1;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) {
        if (chunk[at + 1] === BRACE) rows += 1;
      }
      if (chunk.length > 0) afterNewline = chunk[chunk.length - 1] === NEWLINE;
    },
    get rows() {
      return rows;
    },
    finish: () => rows,
  };
}

/** A footer has about 300 bytes per column and row group of 32 MiB: this is enough for parts of many gigabytes. */
const LONGEST_FOOTER = 8 * 2 ** 20;

/** Rows stand in the footer: only the last bytes are kept. */
function parquetCounter(): RowCounter {
  const kept: Buffer[] = [];
  let keptBytes = 0;
  let rows = 0;
  return {
    add(chunk) {
      kept.push(chunk);
      keptBytes += chunk.length;
      while (keptBytes - (kept[0]?.length ?? 0) >= LONGEST_FOOTER) keptBytes -= kept.shift()?.length ?? 0;
    },
    get rows() {
      return rows;
    },
    finish() {
      const tail = Buffer.concat(kept);
      if (tail.length < 12 || tail.toString('latin1', tail.length - 4) !== 'PAR1') throw cut('Parquet');
      const footer = tail.readUInt32LE(tail.length - 8) + 8;
      if (footer > tail.length) {
        throw new ExportError(
          'SourceTooLarge',
          `The footer of the Parquet file has ${footer} bytes, more than are kept to count rows.`,
          'Choose smaller parts (targetPartBytes).',
        );
      }
      const bytes = new Uint8Array(tail.subarray(tail.length - footer));
      rows = Number(parquetMetadata(bytes.buffer).num_rows);
      return rows;
    },
  };
}

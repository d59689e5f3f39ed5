/** Independent readers of the exported files, all to the form of `hostileExpectations`. */
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import papaparse from 'papaparse';
import type { Compression, Format } from '../../../shared/config/integration.ts';

export type FileRow = Record<string, unknown>;

const JSON_COLUMNS = /^(usage_details|cost_details|metadata|experiment_(item_)?metadata|tags|tool_.*)$/;
/** Their digits must survive: they are read as text. */
const DIGITS = /^(usage_details|cost_details|total_cost)$/;
const NUMBERS = /^(latency_ms|time_to_first_token_ms|prompt_version)$/;
const FLAGS = /^(bookmarked|public|is_root_observation)$/;

export function decompress(bytes: Buffer, compression: Compression): Buffer {
  if (compression === 'gzip') return gunzipSync(bytes);
  return compression === 'zstd' ? zstdDecompressSync(bytes) : bytes;
}

export async function readFile(bytes: Buffer, format: Format): Promise<FileRow[]> {
  switch (format) {
    case 'csv':
      return readCsv(bytes.toString('utf8'));
    case 'json':
      return parseRows(bytes.toString('utf8'));
    case 'jsonl':
      return bytes
        .toString('utf8')
        .split('\n')
        .slice(0, -1)
        .flatMap((line) => parseRows(`[${line}]`));
    case 'parquet':
      return readParquet(bytes);
  }
}

function parseRows(text: string): FileRow[] {
  const rows: FileRow[] = JSON.parse(text, keepDigits);
  return rows.map((row) => mapValues(row, (value, name) => (DIGITS.test(name) ? value : numbersIn(value))));
}

class Digits {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
  toJSON(): string {
    return this.source;
  }
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' ? new Digits(context?.source ?? String(value)) : value;
}

const numbersIn = (value: unknown) => (value instanceof Digits ? Number(value.source) : value);

/** Classes to plain values. */
const plainly = (value: unknown): unknown => (value === undefined ? null : JSON.parse(JSON.stringify(value)));

function mapValues(row: FileRow, change: (value: unknown, name: string) => unknown): FileRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainly(change(value, name))]));
}

function readCsv(text: string): FileRow[] {
  const { data, errors } = papaparse.parse<Record<string, string>>(text, {
    header: true,
    delimiter: ',',
    newline: '\n',
    skipEmptyLines: true,
  });
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return data.map((row) =>
    mapValues(row, (value, name) => {
      if (typeof value !== 'string') throw new Error(`${name} is missing`);
      if (JSON_COLUMNS.test(name)) return JSON.parse(value, keepDigits);
      if (FLAGS.test(name)) return { true: true, false: false }[value];
      if (NUMBERS.test(name)) return value === '' ? null : Number(value);
      return value;
    }),
  );
}

async function readParquet(bytes: Buffer): Promise<FileRow[]> {
  const copy = new Uint8Array(bytes);
  const rows = await parquetReadObjects({
    file: copy.buffer,
    compressors,
    parsers: {
      // The reader's own cuts microseconds and a byte order mark.
      timestampFromMicroseconds: (micros: bigint) => isoMicros(micros),
      stringFromBytes: (text: Uint8Array | undefined) => text && Buffer.from(text).toString('utf8'),
    },
  });
  return rows.map((row) =>
    mapValues(row, (value, name) => {
      if (name === 'usage_details') return texts(asObject(value));
      return JSON_COLUMNS.test(name) && !/^(tags|tool_calls|tool_call_names)$/.test(name) ? asObject(value) : value;
    }),
  );
}

function texts(value: FileRow): FileRow {
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, String(one)]));
}

/** A MAP comes as an object or as a list of keys and values. */
function asObject(value: unknown): FileRow {
  if (Array.isArray(value)) return Object.fromEntries(value.map(({ key, value: one }) => [key, one]));
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function isoMicros(micros: bigint): string {
  const millis = micros / 1000n - (micros % 1000n < 0n ? 1n : 0n);
  const rest = micros - millis * 1000n;
  return new Date(Number(millis)).toISOString().replace('Z', `${String(rest).padStart(3, '0')}Z`);
}

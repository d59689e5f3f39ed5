import { parseArgs } from 'node:util';
import { type BatchExportRequest, batchExportRequestSchema } from '../../shared/batch-export.ts';
import { describeIssues } from '../../shared/config/integration.ts';

export interface ExportOptions {
  help: boolean;
  json: boolean;
  dataDir: string;
  portBase: number;
  rows: number;
  /** Where the file is put; without it only its link is printed. */
  out?: string;
  request: BatchExportRequest;
}

export const EXPORT_HELP = `npm run demo:export -- [options]

Makes one file of the sample events under filters, as the Export button does, and prints its link (valid for 10 minutes).
Uses the stack of a running "npm start"; where none runs, it starts one of its own, puts the file into --out, and stops it.

  --source S          events, traces, observations or scores          (default events)
  --format F          csv, json, jsonl or parquet                     (default csv)
  --compression C     none, gzip or zstd; text formats only           (default none)
  --filter JSON       a filter as the events table has it; may be given again, all must hold:
                      '{"column":"level","type":"stringOptions","operator":"any of","value":["ERROR"]}'
  --search TEXT       only rows with this in id, name, user, session or trace name
  --order COLUMN:DIR  startTime:DESC, totalCost:ASC …                 (default startTime:DESC)
  --columns GROUPS    column groups, separated by commas              (default all)
  --limit N           at most so many rows
  --out FILE          where the file is put
  --data DIR          data folder of the stack                        (default .data)
  --rows N            sample rows, if the stack has none yet          (default 20000)
  --port-base N       as of npm start, if none runs                   (default 7233)
  --json              an object with the result as the last line of stdout
  --help              this text`;

/** @throws Error that names the option and what it takes */
export function readExportOptions(args: readonly string[]): ExportOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      source: { type: 'string' },
      format: { type: 'string' },
      compression: { type: 'string' },
      filter: { type: 'string', multiple: true, default: [] },
      search: { type: 'string' },
      order: { type: 'string' },
      columns: { type: 'string' },
      limit: { type: 'string' },
      out: { type: 'string' },
      data: { type: 'string', default: '.data' },
      rows: { type: 'string', default: '20000' },
      'port-base': { type: 'string', default: '7233' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { source, format, compression, search, order, columns, limit } = values;
  const [column, direction = 'DESC'] = order?.split(':') ?? [];
  return {
    help: values.help,
    json: values.json,
    dataDir: values.data,
    portBase: whole('--port-base', values['port-base']),
    rows: whole('--rows', values.rows),
    ...(values.out !== undefined && { out: values.out }),
    request: requestOf({
      ...(source !== undefined && { source }),
      ...(format !== undefined && { format }),
      ...(compression !== undefined && { compression }),
      ...(search !== undefined && { search: { query: search } }),
      ...(order !== undefined && { order: { column, direction: direction.toUpperCase() } }),
      ...(columns !== undefined && { columnGroups: columns.split(',') }),
      ...(limit !== undefined && { rowLimit: whole('--limit', limit) }),
      filters: values.filter.map(parsed),
    }),
  };
}

function requestOf(typed: unknown): BatchExportRequest {
  const { data, error } = batchExportRequestSchema.safeParse(typed);
  if (data === undefined) throw new Error(`${describeIssues(error)}. See npm run demo:export -- --help`);
  return data;
}

function whole(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} takes a whole number above 0, not "${text}".`);
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`--filter takes JSON, not "${text}". See npm run demo:export -- --help`);
  }
}

import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Names of benchmarks; empty: all. */
  names: string[];
  json: boolean;
  help: boolean;
  /** Make the data anew. */
  fresh: boolean;
  rows: number;
  rounds: number;
  dataDir: string;
}

/** @throws Error that names the option and what it takes */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      fresh: { type: 'boolean', default: false },
      rows: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '3' },
      data: { type: 'string' },
    },
  });
  const { json, help, fresh, data } = values;
  return {
    names: positionals,
    json,
    help,
    fresh,
    rows: whole('--rows', values.rows, 10_000, 100_000_000),
    rounds: whole('--rounds', values.rounds, 1, 100),
    dataDir: data === undefined ? defaultFolder() : resolve(data),
  };
}

/** Outside the checkout, beside the servers' binaries. */
function defaultFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'event-exports', 'bench');
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(
    `${option} takes a whole number from ${least} to ${most}, not "${text}". See npm run bench -- --help`,
  );
}

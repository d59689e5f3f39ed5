import type { RunCommand } from '../tables/create-tables.ts';

/** What {@link generateSampleData} is asked for. All times in UTC. */
export interface SampleDataOptions {
  /** Runs one statement; called one after the other. */
  command: RunCommand;
  database: string;
  /** Default `events_full`; its view fills `events_core`. */
  table?: string;
  /** Same seed, project, rows and range → the same table. Default 1. */
  seed?: number;
  /** Number of distinct rows (before deletes). Default 100,000. */
  rows?: number;
  /** Event time lies in [from, to). Default: the 30 days before `to`. */
  from?: Date;
  /** Also the "now" of the data: nothing is written after it. Default: the present. */
  to?: Date;
  /** Default `demo`. */
  projectId?: string;
  /** Share (0…1) of the rows that were written hours or days after their end. Default 0.03. */
  lateShare?: number;
  /** Share of the rows that have a second, newer version. Default 0.05. */
  updatedShare?: number;
  /** Share of the rows whose newest version says deleted. Default 0.01. */
  deletedShare?: number;
  /** How many rows have an input of 1 to 5 MB. Default 5. */
  bigRows?: number;
  /** Whether the legacy tables `traces`, `observations` and `scores` are filled from the events too. Default false. */
  legacy?: boolean;
}

export interface SampleDataPlan {
  command: RunCommand;
  /** `database.table` */
  target: string;
  seed: number;
  rows: number;
  fromMicros: bigint;
  toMicros: bigint;
  projectId: string;
  lateShare: number;
  updatedShare: number;
  deletedShare: number;
  bigRows: number;
}

const day = 86_400_000;
const shortestRange = 60_000;

function requireShare(name: string, share: number): number {
  if (!(share >= 0 && share <= 1)) throw new RangeError(`${name} must lie between 0 and 1, not ${share}`);
  return share;
}

function requireCount(name: string, count: number): number {
  if (!Number.isSafeInteger(count) || count < 0)
    throw new RangeError(`${name} must be a whole number ≥ 0, not ${count}`);
  return count;
}

/** Fills in the defaults. A range of less than a minute, or a share outside 0…1, is a RangeError. */
export function planSampleData(options: SampleDataOptions): SampleDataPlan {
  const to = options.to ?? new Date();
  const from = options.from ?? new Date(to.getTime() - 30 * day);
  if (!(to.getTime() - from.getTime() >= shortestRange))
    throw new RangeError('from must be a minute or more before to');
  const rows = requireCount('rows', options.rows ?? 100_000);
  return {
    command: options.command,
    target: `${options.database}.${options.table ?? 'events_full'}`,
    seed: requireCount('seed', options.seed ?? 1),
    rows,
    fromMicros: BigInt(from.getTime()) * 1000n,
    toMicros: BigInt(to.getTime()) * 1000n,
    projectId: options.projectId ?? 'demo',
    lateShare: requireShare('lateShare', options.lateShare ?? 0.03),
    updatedShare: requireShare('updatedShare', options.updatedShare ?? 0.05),
    deletedShare: requireShare('deletedShare', options.deletedShare ?? 0.01),
    bigRows: Math.min(rows, requireCount('bigRows', options.bigRows ?? 5)),
  };
}

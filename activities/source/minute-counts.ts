/** How many rows lie in which minute of event time: what periods are cut into parts by. */
import { z } from 'zod';
import { coarsenRuns, type MinuteRun, runsOf } from '../../shared/minute-runs.ts';
import { type CountedMinute, MAX_RUNS_PER_PART, MAX_RUNS_PER_PLAN } from '../../shared/parts.ts';
import type { SortKey } from '../../shared/sources/definition.ts';
import { inMinutes, isOutside } from './conditions.ts';
import type { QueryOptions, QueryRunner } from './query-runner.ts';
import type { SourceTable } from './source-table.ts';
import { allOf, type Conditions, filterClause } from './statement.ts';

/** By arithmetic, not by `toStartOfMinute`, which wraps. */
const minuteOf = (key: SortKey) => `intDiv(${key.eventMicros}, 60000000)`;

/** Stands for all event times outside the key's years; no minute inside is negative. */
const OUTSIDE = -1;

export type Query = (suffix: string) => QueryOptions;

/** Minutes with rows under the conditions, newest versions only. */
export async function countMinutes(
  runner: QueryRunner,
  table: SourceTable,
  conditions: Conditions,
  options: QueryOptions,
): Promise<CountedMinute[]> {
  const sql =
    `SELECT ${minuteOf(table.definition.key)} AS minute, count(), sum(${table.rowBytes})\n` +
    `FROM ${table.from} FINAL\n${filterClause(conditions)}\nGROUP BY minute\nORDER BY minute`;
  const rows = await runner.rows(
    { sql, params: conditions.params },
    z.tuple([z.number(), z.number(), z.number()]),
    options,
  );
  return rows.map(([minute, count, bytes]) => ({ minute, rows: count, bytes }));
}

/** Rows and bytes under the conditions, newest versions only. */
export async function countRows(
  runner: QueryRunner,
  table: SourceTable,
  conditions: Conditions,
  options: QueryOptions,
): Promise<{ rows: number; bytes: number }> {
  const sql = `SELECT count(), sum(${table.rowBytes})\nFROM ${table.from} FINAL\n${filterClause(conditions)}`;
  const [row] = await runner.rows({ sql, params: conditions.params }, z.tuple([z.number(), z.number()]), options);
  return { rows: row?.[0] ?? 0, bytes: row?.[1] ?? 0 };
}

/** Where rows changed that lie anywhere in event time. */
export interface ChangedMinutes {
  runs: MinuteRun[];
  /** Some have an event time outside the key's years. */
  outside: boolean;
}

/**
 * Minutes with any version under the conditions, without FINAL: three narrow columns and the index on `updated_at`. The newest
 * version of a row is among them, so these minutes hold all rows of a live window.
 */
export async function findChangedMinutes(
  runner: QueryRunner,
  table: SourceTable,
  conditions: Conditions,
  options: QueryOptions,
): Promise<ChangedMinutes> {
  const { key } = table.definition;
  const present = allOf(conditions, { rest: [`${key.isDeleted} = 0`] });
  const sql =
    `SELECT DISTINCT if(${isOutside(key)}, ${OUTSIDE}, ${minuteOf(key)}) AS minute\n` +
    `FROM ${table.from}\n${filterClause(present)}\nORDER BY minute`;
  const rows = await runner.rows({ sql, params: present.params }, z.tuple([z.number()]), options);
  const minutes = rows.map(([minute]) => minute);
  const outside = minutes[0] === OUTSIDE;
  return { runs: coarsenRuns(runsOf(outside ? minutes.slice(1) : minutes), MAX_RUNS_PER_PLAN), outside };
}

/** `inMinutes` for any number of runs, as conditions for several queries. */
export function inChangedMinutes(key: SortKey, runs: readonly MinuteRun[]): Array<Partial<Conditions>> {
  const chunks: Array<Partial<Conditions>> = [];
  for (let at = 0; at < runs.length; at += MAX_RUNS_PER_PART) {
    chunks.push(inMinutes(key, runs.slice(at, at + MAX_RUNS_PER_PART)));
  }
  return chunks;
}

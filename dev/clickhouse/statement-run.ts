import type { Engine } from './engine.ts';
import type { PipePool } from './pipes.ts';
import type { StatementRequest } from './request-body.ts';
import type { RunningQueries, RunningQuery } from './running-queries.ts';

/** All that a statement needs to run. */
export interface StatementRun {
  engine: Engine;
  queries: RunningQueries;
  pipes: PipePool;
  query: RunningQuery;
  prelude: readonly string[];
  input: StatementRequest;
  defaultFormat: string;
}

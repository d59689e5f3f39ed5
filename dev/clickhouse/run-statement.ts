import type { EngineResult } from './engine.ts';
import { fromEngine } from './exceptions.ts';
import { insertRows } from './insert-rows.ts';
import { killQueries } from './kill-query.ts';
import { openResultPipe, takePipe } from './pipes.ts';
import { sqlString } from './sql-tokens.ts';
import type { Statement } from './statement.ts';
import type { StatementRun } from './statement-run.ts';
import { withProcessesView } from './system-processes.ts';

/** A statement on its way: its rows while they come, and its end. Both must be consumed. */
export interface StartedStatement {
  format: string;
  rows: AsyncIterable<Buffer>;
  outcome: Promise<EngineResult>;
}

/** Starts a statement in the way of its kind. */
export function startStatement(run: StatementRun): StartedStatement {
  const { statement } = run.input;
  switch (statement.kind) {
    case 'rows':
      return streamRows(run, statement);
    case 'insert-data':
      return inMemory(run.defaultFormat, cancellable(run, insertRows(run, statement)));
    case 'insert-select':
      return inMemory(run.defaultFormat, direct(run, statement.sql, run.defaultFormat, true));
    case 'kill': {
      const format = statement.format ?? run.defaultFormat;
      return inMemory(format, killQueries(run, statement, format));
    }
    case 'other': {
      const format = statement.format ?? run.defaultFormat;
      return inMemory(format, direct(run, statement.sql, format, false));
    }
  }
}

/**
 * The engine writes the result into a named pipe. That is the engine's own output code for any format (also totals, and
 * headers without rows), it counts in the query's memory, and a full pipe is the back-pressure.
 */
function streamRows(run: StatementRun, statement: Extract<Statement, { kind: 'rows' }>): StartedStatement {
  const { engine, prelude, query, pipes } = run;
  const format = statement.format ?? run.defaultFormat;
  const path = takePipe(pipes);
  const pipe = openResultPipe(path);
  const { reader } = pipe;
  query.abort.signal.addEventListener('abort', () => pipe.discard());

  const sql = `${withProcessesView(statement.head)}
INTO OUTFILE ${sqlString(path)} APPEND FORMAT ${format}${statement.tail}`;
  let received = 0;
  // The format given beside the statement applies to what SHOW asks inside: `Null` would leave nothing of it.
  const written = engine.run({ prelude, sql, format: 'TabSeparated' });
  const readToEnd = new Promise((resolve) => reader.once('close', resolve));
  const release = async () => {
    pipe.end();
    await readToEnd;
    pipes.giveBack(path);
  };
  written.then(release, () => {
    reader.destroy();
    return release();
  });

  let plain: Promise<EngineResult> | undefined;
  const outcome = cancellable(
    run,
    written.catch((error: unknown) => {
      // The statement does not take INTO OUTFILE, or has an error: without it, the engine tells which, in its own words.
      if (received > 0 || fromEngine(error).code !== 62) throw error;
      plain = direct(run, withProcessesView(statement.sql), format, false);
      return plain;
    }),
  );
  async function* rows(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of reader) {
        received += chunk.length;
        yield chunk;
      }
    } catch (error) {
      // A destroyed reader: the outcome tells why.
      if (!reader.destroyed) throw error;
    } finally {
      reader.destroy();
    }
    const { bytes } = await outcome;
    if (plain !== undefined) yield bytes;
  }
  return { format, rows: rows(), outcome };
}

function direct(run: StatementRun, sql: string, format: string, countWritten: boolean): Promise<EngineResult> {
  const { engine, prelude } = run;
  return cancellable(run, engine.run({ prelude, sql, format, countWritten }));
}

function inMemory(format: string, outcome: Promise<EngineResult>): StartedStatement {
  async function* rows(): AsyncGenerator<Buffer> {
    const { bytes } = await outcome;
    if (bytes.length > 0) yield bytes;
  }
  return { format, rows: rows(), outcome };
}

/** A cancelled statement ends as cancelled, whatever the engine made of its broken pipe. */
async function cancellable(run: StatementRun, result: Promise<EngineResult>): Promise<EngineResult> {
  try {
    const value = await result;
    if (run.query.cancelled === undefined) return value;
  } catch (error) {
    if (run.query.cancelled === undefined) throw error;
  }
  throw run.query.cancelled;
}

import { once } from 'node:events';
import { finished, pipeline } from 'node:stream/promises';
import type { EngineResult } from './engine.ts';
import { openWritingEnd, repeatEnd, takePipe } from './pipes.ts';
import { sqlString } from './sql-tokens.ts';
import type { Statement } from './statement.ts';
import type { StatementRun } from './statement-run.ts';

/** The engine reads the rows from a named pipe, with its own parser and the table's defaults, while they arrive. */
export async function insertRows(
  run: StatementRun,
  statement: Extract<Statement, { kind: 'insert-data' }>,
): Promise<EngineResult> {
  const { engine, prelude, pipes, input } = run;
  const pipe = takePipe(pipes);
  const source = `FROM INFILE ${sqlString(pipe)} `;
  const sql = `${statement.head}\n${source}${statement.tail} FORMAT ${statement.format}`;
  const ended = new AbortController();
  run.query.commitsAtEnd = true;
  const inserted = engine.run({ prelude, sql, format: 'Null' }).finally(() => ended.abort());
  const sent = sendRows(run, pipe, input.data, ended.signal);
  try {
    const [result] = await Promise.all([inserted, sent]);
    return { ...result, writtenRows: result.rows, rows: 0 };
  } finally {
    await Promise.allSettled([inserted, sent]);
    pipes.giveBack(pipe);
  }
}

async function sendRows(
  run: StatementRun,
  pipe: string,
  data: AsyncIterable<Buffer>,
  ended: AbortSignal,
): Promise<void> {
  const writer = await openWritingEnd(pipe, ended);
  if (writer === undefined) return;
  const stop = AbortSignal.any([ended, run.query.abort.signal]);
  // A pipeline that ended its target would also close the pipe when the body breaks off, before the kill.
  const whole = pipeline(data, writer, { end: false, signal: stop }).then(() => finished(writer.end()));
  try {
    // Not the pipeline alone: it would wait for a client that has stopped sending.
    await Promise.race([whole, aborted(stop)]);
  } catch (error) {
    // The engine stopped reading and says why itself; everything else is a body that did not arrive whole. The pipe
    // ends only after the kill: at a plain end the engine would commit the rows that it has.
    if (stop.aborted || isBrokenPipe(error)) return;
    void run.queries.cancel(run.query);
    await aborted(run.query.abort.signal);
  } finally {
    writer.destroy();
    await repeatEnd(pipe, ended);
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}

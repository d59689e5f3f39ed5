/** A trace as events tell of it: a row of the legacy table, or what the root row says of its trace. */
import type { ObservationRow, TraceRow } from '../sink-row.ts';

export interface TraceView {
  traceId: string;
  name: string | null | undefined;
  userId: string | null | undefined;
  sessionId: string | null | undefined;
  version: string | null;
  environment: string | null;
  release: string | null | undefined;
  tags: readonly string[] | undefined;
  metadata: Record<string, string> | undefined;
  input: string | null | undefined;
  output: string | null | undefined;
  inputLength: number | undefined;
  outputLength: number | undefined;
  /** Of the root row only. Milliseconds: the root lasts as long as its trace. */
  latencyMs: number | null | undefined;
  level: string | null;
  statusMessage: string | null;
}

export function traceOfRow(row: TraceRow): TraceView {
  return {
    traceId: row.id,
    name: row.name,
    userId: row.user_id,
    sessionId: row.session_id,
    version: row.version,
    environment: row.environment,
    release: row.release,
    tags: row.tags,
    metadata: row.metadata,
    input: row.input,
    output: row.output,
    inputLength: row.input_length,
    outputLength: row.output_length,
    latencyMs: undefined,
    level: null,
    statusMessage: null,
  };
}

export function traceOfRoot(row: ObservationRow): TraceView {
  return {
    traceId: row.trace_id || row.id,
    name: row.trace_name || row.name,
    userId: row.user_id,
    sessionId: row.session_id,
    version: row.version,
    environment: row.environment,
    release: row.release,
    tags: row.tags,
    metadata: row.metadata,
    input: row.input,
    output: row.output,
    inputLength: row.input_length,
    outputLength: row.output_length,
    latencyMs: row.latency_ms,
    level: row.level,
    statusMessage: row.status_message,
  };
}

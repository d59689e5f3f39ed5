/** What a row is known by, whatever its source. */
import type { Rejection } from '../event-sink.ts';
import type { SinkRow } from '../sink-row.ts';

export interface RowIdentity {
  /** '' for scores of a session. */
  traceId: string;
  /** Id of the observation, the score, or of the trace itself. */
  spanId: string;
  /** ISO text. */
  time: string;
  /** Legacy observations and scores have none. */
  userId: string | null | undefined;
  sessionId: string | null | undefined;
  /** '' without one. */
  vendorSessionId: string;
}

export function identify(source: SinkRow): RowIdentity {
  switch (source.source) {
    case 'events':
    case 'observations': {
      const { row } = source;
      return identity(row.trace_id, row.id, row.start_time, row.user_id, row.session_id, row.vendor_session_id);
    }
    case 'traces': {
      const { row } = source;
      return identity(row.id, row.id, row.timestamp, row.user_id, row.session_id, row.vendor_session_id);
    }
    case 'scores': {
      const { row } = source;
      return identity(row.trace_id ?? '', row.id, row.timestamp, undefined, row.session_id, row.vendor_session_id);
    }
  }
}

function identity(
  traceId: string,
  spanId: string,
  time: string,
  userId: string | null | undefined,
  sessionId: string | null | undefined,
  vendorSessionId: string,
): RowIdentity {
  return { traceId, spanId, time, userId, sessionId, vendorSessionId };
}

/** An event without an id of its own would be taken for a repetition of others. */
export function refuseIdentity(row: RowIdentity, field: string): Rejection | undefined {
  if (row.spanId !== '') return undefined;
  return {
    reason: 'id_missing',
    field,
    message: 'The row has no id, by which the destination tells events apart: correct it in the source.',
  };
}

import type { SourceName } from '../../shared/sources/catalog.ts';
import { SOURCE_DEFINITIONS } from '../../shared/sources/definitions.ts';
import { type KeyColumns, rowKeyOf } from '../source/keyed-rows.ts';
import type { RowRef } from './row-batches.ts';
import type { ObservationRow, ScoreRow, SinkRow, TraceRow } from './sink-row.ts';

/** A row of a page, with what identifies it. */
export interface KeyedSinkRow {
  sinkRow: SinkRow;
  ref: RowRef;
}

/**
 * @param line a row as JSON, made by `streamPage`; its shape is that of the query, so it is not checked again (30,000 rows a second)
 */
export function parseSinkRow(source: SourceName, line: string): KeyedSinkRow {
  switch (source) {
    case 'events':
    case 'observations': {
      const row: ObservationRow & KeyColumns = JSON.parse(line);
      return { sinkRow: { source, row }, ref: refOf(source, row, row.start_time) };
    }
    case 'traces': {
      const row: TraceRow & KeyColumns = JSON.parse(line);
      return { sinkRow: { source, row }, ref: refOf(source, row, row.timestamp) };
    }
    case 'scores': {
      const row: ScoreRow & KeyColumns = JSON.parse(line);
      return { sinkRow: { source, row }, ref: refOf(source, row, row.timestamp) };
    }
  }
}

function refOf(source: SourceName, row: { id: string } & KeyColumns, eventTime: string): RowRef {
  return { id: row.id, eventTime, key: () => rowKeyOf(row, SOURCE_DEFINITIONS[source]) };
}

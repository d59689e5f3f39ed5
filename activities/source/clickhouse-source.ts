import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ExportError } from '../export-error.ts';
import { ofSelection } from './conditions.ts';
import { planSpan, surveyHistory } from './history.ts';
import { createKeyedSource, type KeyedSource } from './keyed-rows.ts';
import { findLateRows, registerDelivered } from './late-rows.ts';
import type { OrderedSource } from './ordered-rows.ts';
import { createOrderedSource } from './ordered-source.ts';
import { conditionsOf, countOfPart, rowsOfPart } from './part-queries.ts';
import { type Planner, planParts } from './plan-parts.ts';
import { type ConnectionSettings, createQueryRunner, type QueryOptions } from './query-runner.ts';
import { commonSettings, formatSettings, type Settings } from './settings.ts';
import type { DeliveredScope, FileColumn, Selection, Source, StreamOptions } from './source.ts';
import { resolveTable, type SourceTables, selectList } from './source-table.ts';
import { allOf, filterClause, quoteTable } from './statement.ts';

export interface ClickHouseSourceOptions extends ConnectionSettings {
  tables: SourceTables;
  /** Our own database, with the table `delivered`. Default `exports`. */
  exportsDatabase?: string;
  /** Of one query. */
  maxMemoryBytes: number;
  /** Of one query. Default one hour. */
  maxExecutionSeconds?: number;
  /** Settings to send otherwise; null leaves one out, for servers or profiles that refuse it. */
  settings?: Record<string, string | number | null>;
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff');
const PLANNING_THREADS = 2;

/** The one implementation of {@link Source}, {@link OrderedSource} and {@link KeyedSource}. `close` ends its connections. */
export function createClickHouseSource(
  options: ClickHouseSourceOptions,
): Source & OrderedSource & KeyedSource & { close(): Promise<void> } {
  const { maxMemoryBytes, maxExecutionSeconds = 3600, exportsDatabase = 'exports' } = options;
  const runner = createQueryRunner(options);
  const deliveredTable = quoteTable(`${exportsDatabase}.delivered`);
  const columns = new Map<string, Promise<FileColumn[]>>();

  const settingsOf = (selection: Selection, more: Settings = {}): Settings => {
    const { key } = resolveTable(selection, options.tables).definition;
    const limits = { maxMemoryBytes, maxExecutionSeconds, maxThreads: PLANNING_THREADS };
    const all = { ...commonSettings(limits, key.settings), ...more, ...options.settings };
    return Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
  };

  /** What one call of the interface needs; each of its queries has an id of its own, and says what it is for. */
  const prepare = (
    selection: Selection,
    { queryId = randomUUID(), signal, comment, delivered }: Partial<StreamOptions> = {},
  ): Planner => {
    const scope: DeliveredScope = delivered ?? { projectId: selection.projectId, integrationId: '' };
    const settings = settingsOf(selection);
    return {
      runner,
      table: resolveTable(selection, options.tables),
      delivered: { table: deliveredTable, scope },
      query: (step): QueryOptions => ({
        settings,
        queryId: `${queryId}-${step}`,
        comment: { ...comment, step },
        ...(signal && { signal }),
      }),
    };
  };

  const describe = async (selection: Selection): Promise<FileColumn[]> => {
    const { table, query } = prepare(selection);
    const sql = `DESCRIBE TABLE (SELECT ${selectList(table, selection)} FROM ${table.from})`;
    const rows = await runner.rows(
      { sql, params: {} },
      z.tuple([z.string(), z.string()]).rest(z.unknown()),
      query('columns'),
    );
    return rows.map(([name, type]) => ({ name, type }));
  };

  return {
    ...createKeyedSource({ prepare, settingsOf }),
    ...createOrderedSource({ prepare, settingsOf, maxMemoryBytes, byteOrderMark: BYTE_ORDER_MARK }),
    columns(selection) {
      const key = JSON.stringify([
        resolveTable(selection, options.tables).from,
        selection.source,
        selection.columnGroups.toSorted(),
        selection.format,
        selection.csv,
      ]);
      const known = columns.get(key) ?? describe(selection);
      columns.set(key, known);
      known.catch(() => columns.delete(key));
      return known;
    },
    surveyHistory: (selection, input) => surveyHistory(prepare(selection), input),
    planSpan: (selection, span) => planSpan(prepare(selection), span),
    findLateRows: (selection, span, delivered) => findLateRows(prepare(selection, { delivered }), span),
    planParts: (selection, window, target, stream) => planParts(prepare(selection, stream), window, target),
    registerDelivered: (selection, window, stream) => registerDelivered(prepare(selection, stream), window),

    async countPart(selection, window, part, stream) {
      const { table, delivered, query } = prepare(selection, stream);
      const statement = countOfPart(table, conditionsOf(table, window, part, delivered));
      const row = z.tuple([z.number(), z.string(), z.string()]);
      const [[rows, first, last] = [0, '', '']] = await runner.rows(statement, row, query('count'));
      return rows === 0 ? { rows } : { rows, minEventTime: first, maxEventTime: last };
    },

    streamPart(selection, window, part, stream) {
      const { table, delivered } = prepare(selection, stream);
      const statement = rowsOfPart(table, selection, conditionsOf(table, window, part, delivered));
      return runner.stream(statement, {
        settings: settingsOf(selection, formatSettings(selection.format)),
        queryId: stream.queryId,
        signal: stream.signal,
        comment: { ...stream.comment, step: 'rows' },
        format: selection.format,
        ...(selection.format === 'csv' && selection.csv.bom && { head: BYTE_ORDER_MARK }),
      });
    },

    async probe(selection) {
      const { table, query } = prepare(selection);
      const list = selectList(table, selection);
      // With the filters: they may need columns that an older table lacks.
      const conditions = allOf(ofSelection(table));
      const sql = `SELECT ${list} FROM ${table.from} ${filterClause(conditions)} LIMIT 0 FORMAT JSONEachRow`;
      await runner.command({ sql, params: conditions.params }, query('probe'));
      const insert = `INSERT INTO ${deliveredTable} SELECT * FROM ${deliveredTable} WHERE 0`;
      await runner.command({ sql: insert, params: {} }, query('probe-delivered'));
    },

    async replicaLagSeconds(selection) {
      const { full } = options.tables[selection.source];
      const [table = '', database = options.database] = full.split('.').reverse();
      const sql =
        'SELECT toUInt64(max(absolute_delay)) FROM system.replicas WHERE database = {database:String} AND table = {table:String}';
      try {
        const rows = await runner.rows(
          { sql, params: { database, table } },
          z.tuple([z.number()]),
          prepare(selection).query('lag'),
        );
        return rows[0]?.[0] ?? 0;
      } catch (error) {
        // Not every user may read system tables, and not every server has this one.
        if (error instanceof ExportError && error.type === 'SourceDenied') return 0;
        throw error;
      }
    },

    close: () => runner.close(),
  };
}

import type { Readable } from 'node:stream';
import { type ClickHouseSourceOptions, createClickHouseSource } from '../../../activities/source/clickhouse-source.ts';
import type { KeyedSource } from '../../../activities/source/keyed-rows.ts';
import type { Selection, Source, StreamOptions, StreamTally } from '../../../activities/source/source.ts';
import { DEFAULT_TABLES } from '../../../activities/source/source-table.ts';
import { tallyStream } from '../../../activities/source/tally-stream.ts';
import { createTables } from '../../../dev/tables/create-tables.ts';
import type { Part, Window } from '../../../shared/activities.ts';
import type { Compression } from '../../../shared/config/integration.ts';
import { COLUMN_GROUPS } from '../../../shared/sources/catalog.ts';
import { createWorld, type World } from '../../support/world.ts';

export interface SourceWorld {
  world: World;
  source: Source;
  /** The same, page by page. */
  keyed: KeyedSource;
  /** All columns as JSONL of the world's project. */
  selection: Selection;
  /** Options with an id of their own. */
  stream(signal?: AbortSignal): StreamOptions;
  command(sql: string): Promise<unknown>;
  /** A second source, with other settings. */
  open(options?: Partial<ClickHouseSourceOptions>): Source & KeyedSource & { close(): Promise<void> };
  /** Bytes and tally of one part. */
  read(
    window: Window,
    part: Part,
    options?: { selection?: Selection; compression?: Compression; source?: Source },
  ): Promise<{ bytes: Buffer; tally: StreamTally }>;
  /** Rows of a window, each part planned and streamed; the tally and the counts are checked on the way. */
  rowsOf(window: Window, options?: { rows?: number; selection?: Selection }): Promise<Array<Record<string, unknown>>>;
  close(): Promise<void>;
}

export async function openSourceWorld(): Promise<SourceWorld> {
  const world = await createWorld();
  const { url, user, password, database, client } = world.clickhouse;
  const command = (query: string) => client.command({ query });
  await createTables({ command, database });
  await command(`CREATE TABLE ${database}.delivered (project_id String, integration_id String,
    period_start DateTime64(3), found_by LowCardinality(String), key UInt64, inserted_at DateTime DEFAULT now())
    ENGINE MergeTree ORDER BY (project_id, integration_id, period_start, key) TTL inserted_at + INTERVAL 5 DAY`);
  const tables = DEFAULT_TABLES;
  const opened: Array<{ close(): Promise<void> }> = [];
  const open: SourceWorld['open'] = (options = {}) => {
    const own = createClickHouseSource({
      url,
      user,
      password,
      database,
      exportsDatabase: database,
      tables,
      maxMemoryBytes: 512 * 2 ** 20,
      ...options,
    });
    opened.push(own);
    return own;
  };
  const source = open();
  const { projectId } = world;
  const selection: Selection = {
    projectId,
    source: 'events',
    columnGroups: [...COLUMN_GROUPS],
    format: 'jsonl',
    csv: { bom: false, formulaGuard: false },
  };
  let queries = 0;
  const stream: SourceWorld['stream'] = (signal = new AbortController().signal) => {
    queries += 1;
    const delivered = { projectId, integrationId: 'integration' };
    return {
      queryId: `${world.id}-${queries}`,
      signal,
      comment: { test: world.id, query: `${world.id}-${queries}` },
      delivered,
    };
  };
  const read: SourceWorld['read'] = async (window, part, options = {}) => {
    const { selection: chosen = selection, compression = 'none', source: from = source } = options;
    const query = stream();
    const rows = await from.streamPart(chosen, window, part, query);
    const { output, tally } = tallyStream(rows, { format: chosen.format, compression, signal: query.signal });
    return { bytes: await bytesOf(output), tally: await tally };
  };
  return {
    world,
    source,
    keyed: source,
    selection,
    stream,
    command,
    open,
    read,
    async rowsOf(window, { rows = 100_000, selection: chosen = selection } = {}) {
      const parts = await source.planParts(chosen, window, { rows, bytes: 2 ** 30 }, stream());
      const all: Array<Record<string, unknown>> = [];
      for (const part of parts) {
        const { bytes, tally } = await read(window, part, { selection: chosen });
        const found = jsonLines(bytes);
        const counted = await source.countPart(chosen, window, part, stream());
        if (tally.rows !== found.length || counted.rows !== found.length)
          throw new Error(`${part.name}: ${found.length} lines, ${tally.rows} tallied, ${counted.rows} counted`);
        all.push(...found);
      }
      return all;
    },
    async close() {
      await Promise.all(opened.map((one) => one.close()));
      await world.cleanup();
    },
  };
}

export async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function jsonLines(bytes: Buffer): Array<Record<string, unknown>> {
  const lines = bytes.toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

/** `id@start_time`, sorted: which rows, and whether any came twice. */
export function identities(rows: ReadonlyArray<Record<string, unknown>>): string[] {
  return rows.map(({ id, start_time }) => `${id}@${start_time}`).sort();
}

/** The legacy tables as tests of their files need them: which columns hold what, and how all rows are read. */
import { expect } from 'vitest';
import type { Selection } from '../../../activities/source/source.ts';
import type { Window } from '../../../shared/activities.ts';
import { type FileRow, readFile } from './read-file.ts';
import type { SourceWorld } from './source-world.ts';

/** Hostile texts of the events table in every text column of the legacy tables, and its hostile maps, lists and decimals. */
export interface LegacyTable {
  source: 'traces' | 'observations' | 'scores';
  time: 'timestamp' | 'start_time';
  /** Text columns; exported under their own name unless `exportedAs` says otherwise. */
  texts: readonly string[];
  /** What is stored in the other columns, as SQL over the events table. */
  others: Readonly<Record<string, string>>;
  /** Texts that stay '' where nothing is stored; of all others '' is null. */
  neverNull: readonly string[];
}

const METADATA = {
  metadata: 'mapFromArrays(e.metadata_names, arrayResize(e.metadata_values, length(e.metadata_names)))',
  environment: 'e.environment',
};
const CONTENTS = { input: 'e.input', output: 'e.output' };

export const TABLES: readonly LegacyTable[] = [
  {
    source: 'traces',
    time: 'timestamp',
    texts: ['name', 'user_id', 'session_id', 'release', 'version'],
    others: { ...METADATA, ...CONTENTS, tags: 'e.tags' },
    neverNull: ['name'],
  },
  {
    source: 'observations',
    time: 'start_time',
    texts: [
      ...['name', 'trace_id', 'parent_observation_id', 'type', 'level', 'status_message', 'version'],
      ...['provided_model_name', 'internal_model_id', 'model_parameters', 'usage_pricing_tier_id'],
      ...['usage_pricing_tier_name', 'prompt_id', 'prompt_name'],
    ],
    others: {
      ...METADATA,
      ...CONTENTS,
      usage_details: 'e.usage_details',
      cost_details: 'e.cost_details',
      total_cost: `if(mapContains(e.cost_details, 'total'), e.cost_details['total'], NULL)`,
      tool_definitions: 'e.tool_definitions',
      tool_calls: 'e.tool_calls',
      tool_call_names: 'e.tool_call_names',
      prompt_version: 'e.prompt_version',
    },
    neverNull: ['name', 'trace_id'],
  },
  {
    source: 'scores',
    time: 'timestamp',
    texts: [
      ...['name', 'trace_id', 'session_id', 'observation_id', 'source', 'comment', 'author_user_id', 'config_id'],
      ...['data_type', 'string_value', 'long_string_value', 'queue_id', 'dataset_run_id', 'execution_trace_id'],
      ...['ingestion_sdk_name', 'ingestion_sdk_version'],
    ],
    others: METADATA,
    neverNull: ['name'],
  },
];
/** Its name in the file. */
export const exportedAs = (column: string) => (column === 'internal_model_id' ? 'model_id' : column);

/** Event times of all years. */
const everything: Window = {
  axis: 'event',
  start: '1970-01-02T00:00:00.000Z',
  end: '2027-01-01T00:00:00.000Z',
  open: true,
  beforeEpoch: true,
};

/** Every row, part by part, as an independent reader finds it. */
export async function readAll(own: SourceWorld, chosen: Partial<Selection>): Promise<FileRow[]> {
  const selection = { ...own.selection, ...chosen };
  const rows: FileRow[] = [];
  for (const part of await own.source.planParts(selection, everything, { rows: 50, bytes: 2 ** 30 }, own.stream())) {
    const { bytes, tally } = await own.read(everything, part, { selection });
    const found = await readFile(bytes, selection.format);
    expect(tally).toMatchObject({ rows: found.length, bytes: bytes.length });
    rows.push(...found);
  }
  return rows;
}

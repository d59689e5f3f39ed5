import { generateSampleData } from '../../dev/sample-data/generate-sample-data.ts';
import type { Window } from '../../shared/activities.ts';
import type { World } from './world.ts';

/** The window that the rows of `insertSampleDay` fill. */
export const sampleDay: Window = {
  axis: 'event',
  start: '2026-03-01T00:00:00.000Z',
  end: '2026-03-02T00:00:00.000Z',
  updatedBefore: '2030-01-01T00:00:00.000Z',
};

/** Rows of ordinary size in the world's project, all of that day; the tables must exist. */
export async function insertSampleDay({ clickhouse, projectId }: World, rows: number): Promise<void> {
  const { client, database } = clickhouse;
  await generateSampleData({
    command: (query) => client.command({ query }),
    database,
    projectId,
    rows,
    from: new Date(sampleDay.start),
    to: new Date(sampleDay.end),
    bigRows: 0,
  });
}

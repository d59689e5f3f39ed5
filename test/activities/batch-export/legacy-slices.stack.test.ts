import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LEGACY_SOURCES, newestLegacyVersions, timeColumnOf } from '../../e2e/legacy.ts';
import { createSetting, type Setting } from '../setting.ts';
import type { FileRow } from '../source/read-file.ts';
import { type DownloadSetting, downloadSetting } from './download-setting.ts';

/**
 * The keys of the legacy tables hold the day: a slice of some minutes, or of a piece of one minute, reads whole days and tells the exact
 * time of the newest version alone.
 */
const MANY_SLICES = { rows: 30, bytes: 8_000 };
const NARROW = { columnGroups: ['core' as const, 'basic' as const] };

let setting: Setting;
let own: DownloadSetting;

/** 600 rows over five days, a third of them within one minute; newer versions at other times of the same day, some of them in that minute. */
beforeAll(async () => {
  setting = await createSetting();
  own = downloadSetting(setting);
  const { database } = setting.world.clickhouse;
  for (const source of LEGACY_SOURCES) {
    await setting.command(`SYSTEM STOP MERGES ${database}.${source}`);
    const insert = (at: string, written: string, ids: string) =>
      setting.command(`INSERT INTO ${database}.${source} (project_id, id, name, ${timeColumnOf(source)}, created_at, updated_at, event_ts, is_deleted)
        SELECT '${setting.world.projectId}', toString(id), toString(id % 7), ${at}, ${written}, ${written}, ${written}, id % 90 = 1
        FROM (SELECT number AS id FROM numbers(600) WHERE ${ids})`);
    const midnight = `toDateTime64('2026-02-26 00:00:00', 3, 'UTC')`;
    const day = `(${midnight} + intDiv(id, 120) * 86400)`;
    const noon = `${day} + 43200 + (id % 100) * 0.5`;
    await insert(`if(id >= 200 AND id < 400, ${noon}, ${day} + (id % 120) * 700)`, midnight, 'id % 90 != 1');
    await insert(`${day} + 86399.999 - (id % 120) * 350`, `${midnight} + 1`, 'id % 3 = 0');
    await insert(noon, `${midnight} + 2`, 'id % 15 = 0 OR id % 90 = 1');
    await insert(`toDateTime64('1969-12-31 23:59:58', 3, 'UTC')`, midnight, 'id < 3');
    await insert(`toDateTime64('2026-04-01 00:00:00', 3, 'UTC')`, midnight, 'id < 3');
  }
});
afterAll(() => setting.cleanup());

/** Rows of a query; instants as ISO text. */
async function query(sql: string): Promise<FileRow[]> {
  const settings = { date_time_output_format: 'iso' } as const;
  const { client } = setting.world.clickhouse;
  return (await client.query({ query: sql, format: 'JSONEachRow', clickhouse_settings: settings })).json<FileRow>();
}

/** Which rows, in the order of the file. */
const named = (time: string, rows: readonly FileRow[]) => rows.map((row) => `${row.id}@${row[time]}`);

describe.each(LEGACY_SOURCES)('%s', (source) => {
  const time = timeColumnOf(source);
  test.each(['DESC', 'ASC'] as const)(
    'many slices make one file in the order of time (%s), with every row once',
    async (direction) => {
      const newest = await newestLegacyVersions(query, setting.world.projectId, source);
      const sign = direction === 'ASC' ? 1 : -1;
      const key = (row: FileRow) => `${row[time]} ${row.id}`;
      const expected = newest
        .filter((row) => String(row[time]) < '2026-03-05')
        .toSorted((left, right) => (key(left) < key(right) ? -sign : sign));
      expect(expected.length).toBeGreaterThan(500);
      const activities = own.activities({ downloads: own.downloads({ sliceTarget: MANY_SLICES }) });
      for (const rowLimit of [undefined, 321]) {
        const job = own.job({ source, format: 'csv', ...NARROW, order: { column: 'startTime', direction }, rowLimit });
        const file = await own.write(job, { activities });
        expect(named(time, await own.read(job, file))).toEqual(named(time, expected.slice(0, rowLimit)));
      }
    },
  );
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExpectedValue } from '../../../dev/sample-data/hostile-row.ts';
import { hostileExpectations, insertHostileRows } from '../../../dev/sample-data/hostile-rows.ts';
import type { Format } from '../../../shared/config/integration.ts';
import { createSetting, type Setting } from '../setting.ts';
import { type DownloadSetting, downloadSetting } from './download-setting.ts';

let setting: Setting;
let own: DownloadSetting;

beforeAll(async () => {
  setting = await createSetting();
  own = downloadSetting(setting);
  const { projectId, clickhouse } = setting.world;
  await insertHostileRows({ command: setting.command, database: clickhouse.database, projectId });
});
afterAll(() => setting.cleanup());

/** What the format cannot tell apart: CSV knows no null, the reader of Parquet gives decimals as floats. */
function inFormat(format: Format, name: string, value: ExpectedValue): unknown {
  if (format === 'csv' && value === null)
    return /_ms$|_version$/.test(name) && name !== 'experiment_item_version' ? null : '';
  if (format === 'parquet' && name === 'total_cost') return expect.closeTo(Number(value), 6);
  if (format === 'parquet' && name === 'cost_details' && value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, expect.closeTo(Number(one), 6)]));
  return value;
}

/** Rows dated after the click are no part of a file. */
function expectedUntilClick() {
  return new Map([...hostileExpectations()].filter(([, { start_time: time }]) => !/^2[1-9]/.test(String(time))));
}

describe.each(['csv', 'json', 'jsonl', 'parquet'] as const)('hostile rows as %s', (format) => {
  test('an independent reader gets every value, from slices of a few rows', async () => {
    const job = own.job({ format, csv: { formulaGuard: false } });
    const activities = own.activities({ downloads: own.downloads({ sliceTarget: { rows: 2, bytes: 2 ** 20 } }) });
    const file = await own.write(job, { activities });
    const rows = await own.read(job, file);
    const expectations = expectedUntilClick();
    expect(rows.map(({ id }) => id).sort()).toEqual([...expectations.keys()].sort());
    for (const row of rows) {
      const expected = expectations.get(String(row.id)) ?? {};
      const compared = Object.keys(expected);
      expect(Object.fromEntries(compared.map((name) => [name, row[name]])), String(row.id)).toEqual(
        Object.fromEntries(compared.map((name) => [name, inFormat(format, name, expected[name] ?? null)])),
      );
    }
    const times = rows.map(({ start_time }) => String(start_time));
    expect(times).toEqual(times.toSorted().reverse());
    expect(times.at(-1)).toMatch(/^19[0-6]/);
  });
});

test('cells that a spreadsheet would run are marked, unless that is turned off', async () => {
  const guarded = own.job({ columnGroups: ['io'] });
  const rows = await own.read(guarded, await own.write(guarded));
  const inputs = new Map(rows.map(({ id, input }) => [id, input]));
  expect(inputs.get('formula')).toBe("'=1+1");
  expect(inputs.get('formula-at')).toBe("'@SUM(1)");
  const plain = own.job({ columnGroups: ['io'], csv: { formulaGuard: false } });
  const bare = await own.read(plain, await own.write(plain));
  expect(bare.find(({ id }) => id === 'formula')?.input).toBe('=1+1');
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostileExpectations, insertHostileRows } from '../../../dev/sample-data/hostile-rows.ts';
import { expectHostileRows } from '../../support/hostile-values.ts';
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
    expectHostileRows(format, rows, expectedUntilClick());
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

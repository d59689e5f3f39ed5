import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findRunning, noteRunning } from '../../dev/demo/running.ts';

const demo = {
  temporal: { address: '127.0.0.1:7233', namespace: 'default', uiUrl: 'http://127.0.0.1:7234' },
  s3: { url: 'http://127.0.0.1:7236', region: 'us-east-1', secretAccessKey: 'must-not-be-noted' },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'running-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a running demo is found until it ends, and its secrets are not in the note', async () => {
  expect(await findRunning(folder)).toBeUndefined();
  const forget = await noteRunning(folder, demo);
  const found = await findRunning(folder);
  expect(found).toMatchObject({ pid: process.pid, temporal: demo.temporal });
  expect(JSON.stringify(found)).not.toContain('must-not-be-noted');
  await forget();
  expect(await findRunning(folder)).toBeUndefined();
});

test('the note of a process that died, or one of another version, is no running demo', async () => {
  const note = { pid: 2 ** 22 + 1, temporal: demo.temporal, s3: demo.s3 };
  await writeFile(join(folder, 'running.json'), JSON.stringify(note));
  expect(await findRunning(folder)).toBeUndefined();
  await writeFile(join(folder, 'running.json'), JSON.stringify({ pid: process.pid }));
  expect(await findRunning(folder)).toBeUndefined();
});

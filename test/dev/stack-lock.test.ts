import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockFolder } from '../../dev/stack/lock.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** The id of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn('true');
  await once(child, 'exit');
  return child.pid ?? 0;
}

test('a folder has one owner at a time', async () => {
  const folder = await tempFolder();
  const lock = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toThrow(`${folder} is in use by process ${process.pid}`);
  await lock.release();
  await (await lockFolder(folder)).release();
});

test('the lock of a process that has died is taken over', async () => {
  const folder = await tempFolder();
  const path = join(folder, 'stack.lock');
  await writeFile(path, String(await deadPid()));
  const lock = await lockFolder(folder);
  await lock.note([1, 2]);
  expect(await readFile(path, 'utf8')).toBe(`${process.pid}\n1\n2`);
});

test('after a crash, a start waits until the servers that were left have ended', async () => {
  const folder = await tempFolder();
  const server = spawn('sleep', ['0.3']);
  await writeFile(join(folder, 'stack.lock'), `${await deadPid()}\n${server.pid}`);
  await lockFolder(folder);
  expect(server.exitCode).toBe(0);
});

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes the folder this process's own, until the returned function is called. Throws when another process that lives has
 * it; a lock that a dead one left is taken over.
 */
export function lockFolder(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, 'embedded-clickhouse.pid');
  if (!tryCreate(file)) {
    const owner = Number(readFileSync(file, 'utf8').trim());
    if (isServer(owner)) {
      const text = `The data folder ${dataDir} is in use by process ${owner}. Stop it, or use another folder.`;
      throw new Error(text);
    }
    rmSync(file, { force: true });
    if (!tryCreate(file)) throw new Error(`The data folder ${dataDir} was taken by another process just now.`);
  }
  return () => rmSync(file, { force: true });
}

function tryCreate(file: string): boolean {
  try {
    writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function isServer(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  // After a restart of the machine the number may belong to something else; where /proc exists, it can tell.
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('clickhouse');
  } catch {
    return true;
  }
}

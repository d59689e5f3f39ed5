import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The one running stack of a data folder. */
export interface FolderLock {
  /** Notes the servers' process ids, so that a start after a crash can wait for them to end. */
  note(serverPids: readonly number[]): Promise<void>;
  release(): Promise<void>;
}

/**
 * Claims a data folder for this process: two servers on the same database files would damage them.
 * Throws if another process that still lives has it. After a crash it waits (at most 10 s) until the servers that the
 * crashed process left have ended, because only then their files and ports are free again.
 */
export async function lockFolder(dataDir: string): Promise<FolderLock> {
  await mkdir(dataDir, { recursive: true });
  const path = join(dataDir, 'stack.lock');
  const write = (pids: readonly number[], flag: 'w' | 'wx') => writeFile(path, pids.join('\n'), { flag });
  try {
    await write([process.pid], 'wx');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    const [owner = 0, ...servers] = (await readFile(path, 'utf8')).split('\n').map(Number);
    if (isAlive(owner)) {
      throw new Error(
        `${dataDir} is in use by process ${owner}. Stop it first, or delete ${path} if it is not this application.`,
      );
    }
    const deadline = Date.now() + 10_000;
    while (servers.some(isAlive) && Date.now() < deadline) await sleep(100);
    await write([process.pid], 'w');
  }
  return {
    note: (serverPids) => write([process.pid, ...serverPids], 'w'),
    release: () => rm(path, { force: true }),
  };
}

/** Whether a process of that id runs; true too when it is not ours to signal. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

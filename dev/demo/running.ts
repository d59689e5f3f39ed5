import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isAlive } from '../stack/lock.ts';

/** What another process must know to use a running demo. Secrets are not in here: they stay in `secrets.json`. */
const runningSchema = z.object({
  pid: z.int(),
  temporal: z.object({ address: z.string(), namespace: z.string(), uiUrl: z.string().optional() }),
  s3: z.object({ url: z.string(), region: z.string() }),
});

export type RunningDemo = z.output<typeof runningSchema>;

const pathIn = (dataDir: string) => join(dataDir, 'running.json');

/** Tells others that this process runs the demo of a data folder; call the result when it ends. */
export async function noteRunning(dataDir: string, demo: Omit<RunningDemo, 'pid'>): Promise<() => Promise<void>> {
  const { temporal, s3 } = demo;
  const note: RunningDemo = {
    pid: process.pid,
    temporal: { address: temporal.address, namespace: temporal.namespace, uiUrl: temporal.uiUrl },
    s3: { url: s3.url, region: s3.region },
  };
  await writeFile(pathIn(dataDir), `${JSON.stringify(note, null, 2)}\n`);
  return () => rm(pathIn(dataDir), { force: true });
}

/** The demo that runs on a data folder now, if one does. */
export async function findRunning(dataDir: string): Promise<RunningDemo | undefined> {
  const text = await readFile(pathIn(dataDir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const note = runningSchema.safeParse(JSON.parse(text));
  return note.success && isAlive(note.data.pid) ? note.data : undefined;
}

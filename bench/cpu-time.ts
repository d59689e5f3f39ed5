import { readFileSync } from 'node:fs';

/** Seconds of CPU that each process has used so far. */
export type CpuTime = ReadonlyMap<string, number>;

/** Elapsed time says little on a busy machine; CPU time says more. @param pids by a name for people */
export function cpuTimeOf(pids: Readonly<Record<string, number>>): CpuTime {
  return new Map(
    Object.entries(pids).map(([name, pid]) => {
      // Behind the command's name, which may hold blanks: fields 14 and 15 of proc_pid_stat(5), in hundredths of a second.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      return [name, (Number(fields[11]) + Number(fields[12])) / 100];
    }),
  );
}

/** `ClickHouse 11.3, S3 4.5`: seconds between two readings. */
export function spent(before: CpuTime, after: CpuTime): string {
  return [...after].map(([name, seconds]) => `${name} ${(seconds - (before.get(name) ?? 0)).toFixed(1)}`).join(', ');
}

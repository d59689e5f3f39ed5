import { spawn } from 'node:child_process';

/**
 * Waits for its stdin: a line means that all is well, the end of the file that the parent is gone. The parent's death
 * closes the pipe in every case, `kill -9` included, so servers do not survive it. (A POSIX shell rather than the
 * Linux-only parent-death signal: it works on macOS too and costs one megabyte.)
 */
const script = 'read -r line && exit 0; kill -TERM "$1"; sleep 5; kill -KILL "$1"';

/** Has the process stopped if this process dies without having stopped it. */
export function watchOver(pid: number): { dismiss(): void } {
  const watchdog = spawn('sh', ['-c', script, 'watchdog', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Without a shell there is no watchdog, and the pipe breaks if the watchdog was killed: neither concerns the server.
  watchdog.on('error', () => {});
  watchdog.stdin.on('error', () => {});
  watchdog.unref();
  return {
    dismiss() {
      watchdog.stdin.end('done\n');
    },
  };
}

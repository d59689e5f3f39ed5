import { once } from 'node:events';
import { createServer } from 'node:net';

export interface ChosenPort {
  readonly port: number;
  readonly preferred: number;
  /** True if the preferred port was in use, so that `port` is another one. */
  readonly taken: boolean;
}

/**
 * The preferred TCP port of 127.0.0.1 if it is free, else the next free one. 0 lets the system choose.
 * `except` holds ports that are promised to somebody who does not listen yet.
 */
export async function freePort(preferred: number, except: ReadonlySet<number> = new Set()): Promise<ChosenPort> {
  if (preferred === 0) return { port: await listenBriefly(0), preferred, taken: false };
  for (let port = preferred; port <= 65_535; port++) {
    if (except.has(port)) continue;
    try {
      await listenBriefly(port);
      return { port, preferred, taken: port !== preferred };
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
  }
  throw new Error(`No free port between ${preferred} and 65535 on 127.0.0.1`);
}

async function listenBriefly(port: number): Promise<number> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port');
  return address.port;
}

function isUnavailable(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EADDRINUSE' || code === 'EACCES';
}

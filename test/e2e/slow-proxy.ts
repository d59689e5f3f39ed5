import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';

export interface SlowProxy {
  url: string;
  /** Bytes per second and connection that are let through to the server; Infinity at first. */
  bytesPerSecond: number;
  /** Holds the last bytes of uploaded parts back until the client has gone, and lets them through so many milliseconds later. */
  holdPartEnds: number | undefined;
  /** Parts that are held now. */
  held: number;
  close(): Promise<void>;
}

/** A line to an S3 server that can be made slow: requests trickle, answers come at once. */
export async function openSlowProxy(target: string): Promise<SlowProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = createConnection({ host: hostname, port: Number(port) });
    const partEnds = new PartEnds();
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    upstream.on('close', () => client.destroy());
    client.on('close', () => {
      const { held } = partEnds;
      if (held === undefined) upstream.destroy();
      else setTimeout(() => upstream.end(held), proxy.holdPartEnds);
    });
    upstream.pipe(client);
    client.on('data', (chunk: Buffer) => {
      if (proxy.holdPartEnds !== undefined && partEnds.ends(chunk)) {
        partEnds.held = chunk;
        proxy.held += 1;
        return;
      }
      client.pause();
      upstream.write(chunk, () => setTimeout(() => client.resume(), (chunk.length / proxy.bytesPerSecond) * 1000));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const proxy: SlowProxy = {
    url: `http://127.0.0.1:${address.port}`,
    bytesPerSecond: Number.POSITIVE_INFINITY,
    holdPartEnds: undefined,
    held: 0,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return proxy;
}

/** Finds where the body of an UploadPart request ends. */
class PartEnds {
  #left = 0;
  held: Buffer | undefined;

  ends(chunk: Buffer): boolean {
    const head = /^PUT \S*[?&]partNumber=[\s\S]*?\r\ncontent-length: (\d+)[\s\S]*?\r\n\r\n/i.exec(
      chunk.toString('latin1'),
    );
    if (head !== null) this.#left = Number(head[1]) - (chunk.length - head[0].length);
    else if (this.#left > 0) this.#left -= chunk.length;
    else return false;
    return this.#left <= 0;
  }
}

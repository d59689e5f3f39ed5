import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';

export interface SlowProxy {
  url: string;
  /** Bytes per second and connection that are let through to the server; Infinity at first. */
  bytesPerSecond: number;
  close(): Promise<void>;
}

/** A line to a server that can be made slow: requests trickle, answers come at once. */
export async function openSlowProxy(target: string): Promise<SlowProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = createConnection({ host: hostname, port: Number(port) });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    upstream.pipe(client);
    client.on('data', (chunk) => {
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
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return proxy;
}

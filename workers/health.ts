import { once } from 'node:events';
import { createServer } from 'node:http';

export interface HealthServer {
  port: number;
  close(): Promise<void>;
}

/**
 * Answers `/live` (200 as long as the process turns) and `/ready` (200 while it takes work, 503 before and after).
 * @param port 0 lets the system choose
 */
export async function startHealthServer(
  { port, bindAddress }: { port: number; bindAddress: string },
  isReady: () => boolean,
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const ready = isReady();
    const answers: Record<string, [status: number, text: string]> = {
      '/live': [200, 'live'],
      '/ready': ready ? [200, 'ready'] : [503, 'not ready'],
    };
    const [status, text] = answers[request.url ?? ''] ?? [404, 'there are /live and /ready'];
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
  });
  server.listen(port, bindAddress);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: address === null || typeof address === 'string' ? port : address.port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

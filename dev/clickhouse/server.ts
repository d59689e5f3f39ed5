import { totalmem } from 'node:os';
import { parseArgs } from 'node:util';

/** Statements at once, as far as nothing else is said; more are answered with error 202. */
const DEFAULT_SESSIONS = 64;
const SHARE_OF_MEMORY = 0.7;
const GRACE_MS = 5000;

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '8123' },
    data: { type: 'string' },
    user: { type: 'string', default: 'default' },
    password: { type: 'string', default: '' },
    'readonly-user': { type: 'string' },
    'readonly-password': { type: 'string', default: '' },
    'max-sessions': { type: 'string', default: String(DEFAULT_SESSIONS) },
    'max-memory': { type: 'string', default: String(Math.floor(totalmem() * SHARE_OF_MEMORY)) },
    'exit-with-parent': { type: 'boolean', default: false },
  },
});

const maxSessions = Number(options['max-sessions']);
// A running statement keeps a thread of libuv's pool, and the engine takes its time zone from the environment. Both are
// read before this line runs, hence the new start.
const threads = String(Math.min(1024, maxSessions + 32));
if ((process.env.UV_THREADPOOL_SIZE === undefined || process.env.TZ !== 'UTC') && process.execve !== undefined) {
  process.execve(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], {
    ...process.env,
    UV_THREADPOOL_SIZE: threads,
    TZ: 'UTC',
  });
}

await serve();

async function serve(): Promise<void> {
  const dataDir = options.data;
  if (dataDir === undefined) throw new Error('--data DIR is missing');
  const [{ openEngine }, { createFront }, { lockFolder }, { createPipePool }, { trackQueries }] = await Promise.all([
    import('./engine.ts'),
    import('./front.ts'),
    import('./folder-lock.ts'),
    import('./pipes.ts'),
    import('./running-queries.ts'),
  ]);
  const unlock = lockFolder(dataDir);
  const engine = await openEngine({ dataDir, maxMemoryBytes: Number(options['max-memory']) });
  const pipes = await createPipePool(maxSessions);
  const queries = trackQueries(engine, maxSessions);
  const users = [{ name: options.user, password: options.password, readonly: false }];
  const readonlyUser = options['readonly-user'];
  if (readonlyUser !== undefined)
    users.push({ name: readonlyUser, password: options['readonly-password'], readonly: true });
  const server = createFront({ engine, queries, pipes, users });

  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    // The engine may hang in a statement that cannot be cancelled, and would then hold up an orderly exit as well.
    const deadline = setTimeout(() => {
      unlock();
      process.kill(process.pid, 'SIGKILL');
    }, GRACE_MS);
    server.close();
    await queries.cancelAll();
    server.closeAllConnections();
    await pipes.remove();
    await engine.close();
    clearTimeout(deadline);
    exit(0);
  };
  const exit = (code: number) => {
    unlock();
    process.exit(code);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (options['exit-with-parent']) process.stdin.resume().on('end', stop).on('error', stop);

  server.listen(Number(options.port), '127.0.0.1', () => {
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : options.port;
    process.stdout.write(`ready http://127.0.0.1:${port}\n`);
  });
  server.on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    exit(1);
  });
}

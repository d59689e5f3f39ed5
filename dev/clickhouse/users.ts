import type { IncomingMessage } from 'node:http';
import { ClickHouseException } from './exceptions.ts';

/** Someone who may send statements. */
export interface User {
  name: string;
  password: string;
  /** May read and set settings; anything else is the engine's error 164 (`readonly = 2`). */
  readonly: boolean;
}

/** Finds the user of a request: basic auth, `X-ClickHouse-User`/`-Key`, or `user` and `password` in the URL. Throws 516. */
export function authenticate(request: IncomingMessage, url: URL, users: readonly User[]): User {
  const { name, password } = credentialsOf(request, url);
  const user = users.find((candidate) => candidate.name === name && candidate.password === password);
  if (user !== undefined) return user;
  const text = 'Authentication failed: password is incorrect, or there is no user with such name.';
  throw new ClickHouseException(516, `${name}: ${text} (AUTHENTICATION_FAILED)`);
}

function credentialsOf(request: IncomingMessage, url: URL): { name: string; password: string } {
  const { authorization } = request.headers;
  if (authorization?.toLowerCase().startsWith('basic ')) {
    const [name = '', ...password] = Buffer.from(authorization.slice(6), 'base64').toString().split(':');
    return { name, password: password.join(':') };
  }
  const header = (name: string) => request.headers[name]?.toString();
  return {
    name: header('x-clickhouse-user') ?? url.searchParams.get('user') ?? 'default',
    password: header('x-clickhouse-key') ?? url.searchParams.get('password') ?? '',
  };
}

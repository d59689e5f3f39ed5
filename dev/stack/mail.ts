import { once } from 'node:events';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export interface MailCatcherOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Gets one `.eml` file for each mail, which mail programs open; names are in the order of arrival. Created. */
  readonly folder: string;
  /** Recipients that are refused, as a real server refuses people whom it does not know. */
  readonly refuse?: (address: string) => boolean;
}

/** A mail server that keeps everything and passes nothing on. */
export interface MailCatcher {
  /** For SMTP_CONNECTION_URL. */
  readonly url: string;
  readonly folder: string;
  stop(): Promise<void>;
}

/** Starts a mail server in this process, on 127.0.0.1, without login and TLS. Throws if the port is in use. */
export async function startMailCatcher({
  port,
  folder,
  refuse = () => false,
}: MailCatcherOptions): Promise<MailCatcher> {
  await mkdir(folder, { recursive: true });
  let caught = 0;
  const keep = async (content: Buffer) => {
    const time = new Date().toISOString().replaceAll(':', '-');
    const name = `${time}-${String(++caught).padStart(4, '0')}.eml`;
    const unfinished = join(folder, `.${name}`);
    await writeFile(unfinished, content);
    // Whoever watches the folder sees whole mails only.
    await rename(unfinished, join(folder, name));
  };

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 1_000,
    onRcptTo({ address }, _session, done) {
      done(refuse(address) ? Object.assign(new Error('No such mailbox'), { responseCode: 550 }) : null);
    },
    onData(stream, _session, done) {
      buffer(stream)
        .then(keep)
        .then(
          () => done(),
          () => done(new Error('The mail could not be written')),
        );
    },
  });
  // Connections that break are the clients' affair; a port that is in use is told by the listener itself.
  server.on('error', () => undefined);
  const listener = server.listen(port, '127.0.0.1');
  await once(listener, 'listening');
  return {
    url: `smtp://127.0.0.1:${portOf(listener.address())}`,
    folder,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('The mail server has no port');
  return address.port;
}

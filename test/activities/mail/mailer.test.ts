import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { expect, onTestFinished, test } from 'vitest';
import { type Mail, MailError, type Mailer, openMailer } from '../../../activities/mail/mailer.ts';
import { freePort } from '../../../dev/stack/ports.ts';
import { catchMails, caughtMails } from './mails.ts';

const FROM = 'Event exports <exports@example.com>';

function mail(overrides: Partial<Mail> = {}): Mail {
  return {
    id: 'mail-1',
    to: 'ada@example.com',
    subject: 'Größe',
    text: 'Text — ü\n',
    html: '<p>HTML — ü</p>',
    ...overrides,
  };
}

function open(connectionUrl: string): Mailer {
  const mailer = openMailer({ connectionUrl, from: FROM });
  onTestFinished(() => mailer.close());
  return mailer;
}

/** A mail server with a login over a plain connection; stopped when the test has finished. */
async function serverWithLogin(options: SMTPServerOptions): Promise<number> {
  const server = new SMTPServer({
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 10,
    ...options,
  });
  server.on('error', () => undefined);
  const { port } = await freePort(0);
  await once(server.listen(port, '127.0.0.1'), 'listening');
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return port;
}

async function errorOf(work: Promise<void>): Promise<MailError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof MailError) return error;
  throw new Error('no MailError', { cause: error });
}

test('a mail arrives with text, HTML, and a sender', async () => {
  const catcher = await catchMails();
  await open(catcher.url).send(mail());
  const [caught, ...more] = await caughtMails(catcher);
  expect(more).toEqual([]);
  expect(caught?.text.trim()).toBe('Text — ü');
  expect(caught?.html.trim()).toBe('<p>HTML — ü</p>');
  expect(caught?.headers).toMatchObject({
    from: FROM,
    to: 'ada@example.com',
    subject: '=?UTF-8?Q?Gr=C3=B6=C3=9Fe?=',
    'message-id': '<mail-1@example.com>',
    'auto-submitted': 'auto-generated',
  });
});

test('user and password of the URL are decoded and used', async () => {
  const seen: unknown[] = [];
  const port = await serverWithLogin({
    onAuth({ username, password }, _session, done) {
      seen.push([username, password]);
      done(null, { user: username });
    },
    onData(stream, _session, done) {
      stream.resume().on('end', () => done());
    },
  });
  await open(`smtp://ada%40x:p%3Aa%2Fs%23s@127.0.0.1:${port}`).send(mail());
  expect(seen).toEqual([['ada@x', 'p:a/s#s']]);
});

test('a refused login is permanent, and the error holds nothing that the server or the URL says', async () => {
  const port = await serverWithLogin({
    onAuth({ password }, _session, done) {
      done(new Error(`no login for ada with ${password}`));
    },
  });
  const error = await errorOf(open(`smtp://ada:hunter2@127.0.0.1:${port}`).send(mail()));
  expect(error).toMatchObject({ message: 'the mail server refuses the login (SMTP 535)', permanent: true });
  expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toMatch(/hunter2|for ada/);
});

test('a refused recipient is permanent, a busy server is not', async () => {
  const catcher = await catchMails((address) => address.startsWith('nobody'));
  const error = await errorOf(open(catcher.url).send(mail({ to: 'nobody@example.com' })));
  expect(error).toMatchObject({
    message: 'the mail server refuses the sender or the recipient (SMTP 550)',
    permanent: true,
  });
  const port = await serverWithLogin({
    authOptional: true,
    onMailFrom(_address, _session, done) {
      done(Object.assign(new Error('come back later'), { responseCode: 451 }));
    },
  });
  expect(await errorOf(open(`smtp://127.0.0.1:${port}`).send(mail()))).toMatchObject({ permanent: false });
});

test('a server that is down is told as such', async () => {
  const { port } = await freePort(0);
  const error = await errorOf(open(`smtp://ada:hunter2@127.0.0.1:${port}`).send(mail()));
  expect(error).toMatchObject({ message: 'the mail server cannot be reached', permanent: false });
});

/** A server that begins to greet and never comes to an end. */
async function chattyServer(): Promise<{ server: Server; url: string }> {
  const server = createServer((socket) => {
    const chat = setInterval(() => socket.write('220-wait\r\n'), 10);
    socket.on('error', () => undefined).on('close', () => clearInterval(chat));
  });
  const { port } = await freePort(0);
  await once(server.listen(port, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return { server, url: `smtp://127.0.0.1:${port}` };
}

test('a server that keeps a mail waiting is given up, even when it is never silent', async () => {
  const { url } = await chattyServer();
  const mailer = openMailer({ connectionUrl: url, from: FROM }, { connectMs: 60_000, wholeMailMs: 200 });
  expect(await errorOf(mailer.send(mail()))).toMatchObject({
    message: 'the mail server does not answer in time',
    permanent: false,
  });
});

test('closing gives up what is being sent', async () => {
  const { server, url } = await chattyServer();
  const mailer = open(url);
  const sending = errorOf(mailer.send(mail()));
  await once(server, 'connection');
  mailer.close();
  expect((await sending).permanent).toBe(false);
});

/** Hands mails to the operator's mail server. Neither its answers nor the connection URL leave this file: both can hold secrets and addresses. */
import { createTransport } from 'nodemailer';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import SMTPTransport from 'nodemailer/lib/smtp-transport';

/** Milliseconds for the connection, and for one mail from the first to the last step. */
const LIMITS = { connectMs: 10_000, wholeMailMs: 30_000 };

export interface Mail {
  /** Mails with the same id are the same mail: readers that get it twice may show it once. Letters, digits and "-". */
  id: string;
  /** One bare address. */
  to: string;
  subject: string;
  text: string;
  html: string;
}

export interface Mailer {
  /** Resolves when the server has taken the mail. Throws MailError, after half a minute at the latest. */
  send(mail: Mail): Promise<void>;
  /** Gives up what is being sent. */
  close(): void;
}

/** A mail that was not taken; the message is our own text, without addresses or anything that the server said. */
export class MailError extends Error {
  override name = 'MailError';
  /** Another try would end the same. */
  readonly permanent: boolean;

  constructor(message: string, permanent: boolean) {
    super(message);
    this.permanent = permanent;
  }
}

/**
 * Opens the way to a mail server; it is reached for at each mail. What the URL's query says goes to nodemailer (`?requireTLS=true`), except
 * what would change the limits or print what is sent.
 *
 * @param connectionUrl `smtp://user:password@host:587` (TLS where the server offers it) or `smtps://…` (TLS from the start)
 * @param from an address, or `Name <address>`
 */
export function openMailer(
  { connectionUrl, from }: { connectionUrl: string; from: string },
  { connectMs, wholeMailMs } = LIMITS,
): Mailer {
  const transport = createTransport(
    new SMTPTransport({
      ...parseConnectionUrl(connectionUrl),
      connectionTimeout: connectMs,
      dnsTimeout: connectMs,
      greetingTimeout: connectMs,
      socketTimeout: wholeMailMs,
      logger: false,
      debug: false,
      transactionLog: false,
    }),
  );
  const sender = addressOf(from);
  const closing = new AbortController();
  return {
    async send({ id, to, subject, text, html }) {
      try {
        await transport.sendMail({
          from,
          to: { name: '', address: to },
          envelope: { from: sender, to: [to] },
          messageId: `<${id}@${sender.slice(sender.lastIndexOf('@') + 1)}>`,
          subject,
          text,
          html,
          // Programs that answer mails, such as absence notes, leave these alone (RFC 3834).
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
          xMailer: false,
          disableFileAccess: true,
          disableUrlAccess: true,
          signal: AbortSignal.any([closing.signal, AbortSignal.timeout(wholeMailMs)]),
        });
      } catch (error) {
        throw toMailError(error);
      }
    },
    close() {
      closing.abort();
      transport.close();
    },
  };
}

function addressOf(from: string): string {
  return /<([^<>]+)>$/.exec(from.trim())?.[1] ?? from.trim();
}

/** By nodemailer's error codes. */
const PROBLEMS: Record<string, string> = {
  EAUTH: 'the mail server refuses the login',
  ENOAUTH: 'the mail server wants a login',
  EENVELOPE: 'the mail server refuses the sender or the recipient',
  EMESSAGE: 'the mail server refuses the mail',
  EDNS: "the mail server's name is not known",
  ECONNECTION: 'the mail server cannot be reached',
  ESOCKET: 'the mail server cannot be reached',
  ETIMEDOUT: 'the mail server does not answer in time',
  EABORT: 'the mail server does not answer in time',
  ETLS: 'there is no safe connection to the mail server',
  EPROTOCOL: 'the mail server does not speak SMTP',
};

function toMailError(error: unknown): MailError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const answer = error instanceof Error && 'responseCode' in error ? Number(error.responseCode) : Number.NaN;
  const known = Object.hasOwn(PROBLEMS, code) ? PROBLEMS[code] : undefined;
  const problem = known ?? 'the mail could not be handed over';
  // 503: the session was in a wrong state, not the mail.
  const permanent = (answer >= 500 && answer < 600 && answer !== 503) || code === 'ENOAUTH';
  return new MailError(Number.isInteger(answer) ? `${problem} (SMTP ${answer})` : problem, permanent);
}

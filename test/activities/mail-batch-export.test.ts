import type { LogEntry } from '@temporalio/worker';
import { expect, onTestFinished, test } from 'vitest';
import { openMailer } from '../../activities/mail/mailer.ts';
import { mailBatchExportActivity } from '../../activities/mail-batch-export.ts';
import { freePort } from '../../dev/stack/ports.ts';
import { catchMails, caughtMails, exportJob, failedOutcome, readyOutcome } from './mail/mails.ts';
import { runActivity } from './run-activity.ts';

const consoleUrl = 'https://exports.example.com';

/** The activity over a mail server, and everything that it logs. */
function activityOver(connectionUrl: string | undefined) {
  const mailer = connectionUrl === undefined ? undefined : openMailer({ connectionUrl, from: 'exports@example.com' });
  onTestFinished(() => mailer?.close());
  const { mailBatchExport } = mailBatchExportActivity({ mailer, consoleUrl });
  const logged: LogEntry[] = [];
  const tell = (...input: Parameters<typeof mailBatchExport>) =>
    runActivity(() => mailBatchExport(...input), { logged: (entry) => logged.push(entry) });
  const own = () => logged.filter(({ level, message }) => level !== 'DEBUG' || message.includes('mail'));
  return { tell, own, everything: () => JSON.stringify(logged.map(({ message, meta }) => [message, meta])) };
}

test('everybody gets a mail of their own', async () => {
  const catcher = await catchMails();
  const { tell, own } = activityOver(catcher.url);
  const notify = ['ada@example.com', 'bob@example.com', 'ada@example.com'];
  await tell({ job: exportJob({ notify }), outcome: readyOutcome() });
  const mails = await caughtMails(catcher);
  expect(mails.map(({ headers }) => headers.to).sort()).toEqual(['ada@example.com', 'bob@example.com']);
  for (const { headers, text, html } of mails) {
    expect(headers.subject).toBe('Export ready: 2026-11-23T11:00:00.000Z - events as CSV');
    expect(text).toContain('Rows: 1,234,567');
    expect(html).toContain(`href="${consoleUrl}/project/demo/exports"`);
  }
  expect(own()).toEqual([]);
});

test('one refused recipient does not stop the others, and is a warning without the address', async () => {
  const catcher = await catchMails((address) => address === 'gone@example.com');
  const { tell, own, everything } = activityOver(catcher.url);
  const notify = ['gone@example.com', 'ada@example.com'];
  await tell({ job: exportJob({ notify }), outcome: failedOutcome('Why.', 'Do this.') });
  expect((await caughtMails(catcher)).map(({ headers }) => headers.to)).toEqual(['ada@example.com']);
  expect(own()).toMatchObject([
    {
      level: 'WARN',
      message:
        'A mail about a batch export was not sent: the mail server refuses the sender or the recipient (SMTP 550)',
      meta: { projectId: 'demo', exportId: 'e1', outcome: 'failed', recipient: '1 of 2' },
    },
  ]);
  expect(everything()).not.toContain('example.com');
});

test('a server that is down is tried twice, then the activity succeeds; its password stays out of the log', async () => {
  const { port } = await freePort(0);
  const { tell, own, everything } = activityOver(`smtp://ada:hunter2@127.0.0.1:${port}`);
  const started = performance.now();
  await tell({ job: exportJob({ notify: ['ada@example.com'] }), outcome: readyOutcome() });
  expect(performance.now() - started).toBeGreaterThan(1_900);
  expect(own().map(({ level, message }) => [level, message])).toEqual([
    ['WARN', 'A mail about a batch export was not sent: the mail server cannot be reached'],
  ]);
  expect(everything()).not.toMatch(/hunter2|smtp:/);
});

test('a mail that is sent again is the same mail; other news is another', async () => {
  const catcher = await catchMails();
  const { tell } = activityOver(catcher.url);
  const job = exportJob({ notify: ['ada@example.com'] });
  await tell({ job, outcome: readyOutcome() });
  await tell({ job, outcome: readyOutcome() });
  await tell({ job, outcome: failedOutcome('Why.', '') });
  const ids = (await caughtMails(catcher)).map(({ headers }) => headers['message-id']);
  expect(ids).toHaveLength(3);
  expect(ids[1]).toBe(ids[0]);
  expect(ids[2]).not.toBe(ids[0]);
});

test('without a mail server nothing is sent, which is said once, and only if there was somebody to tell', async () => {
  const { tell, own } = activityOver(undefined);
  await tell({ job: exportJob(), outcome: readyOutcome() });
  expect(own()).toEqual([]);
  for (let i = 0; i < 2; i++) await tell({ job: exportJob({ notify: ['ada@example.com'] }), outcome: readyOutcome() });
  expect(own().map(({ level, message }) => [level, message])).toEqual([
    ['DEBUG', 'No mails are sent: SMTP_CONNECTION_URL and EMAIL_FROM_ADDRESS are not set'],
  ]);
});

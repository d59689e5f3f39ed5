import { expect, test } from 'vitest';
import { batchExportMail } from '../../../activities/mail/batch-export-mail.ts';
import { humanSize } from '../../../activities/mail/wording.ts';
import { exportJob, failedOutcome, readyOutcome } from './mails.ts';

const CONSOLE = 'https://exports.example.com';

test('the news of a finished file: what it is, how big, until when, and where', () => {
  const mail = batchExportMail(exportJob(), readyOutcome(), CONSOLE);
  expect(mail.subject).toBe('Export ready: 2026-11-23T11:00:00.000Z - events as CSV');
  expect(mail.text).toBe(`Your export is ready.

Export: 2026-11-23T11:00:00.000Z - events as CSV
Project: demo
Rows: 1,234,567
Size: 45.7 MB
Available until: 2026-11-30 11:05 UTC

It can be downloaded from the project's exports until 2026-11-30 11:05 UTC; then the file is removed.

The project's exports: https://exports.example.com/project/demo/exports

You get this mail because your address was given when the export was started.
`);
  for (const part of ['1,234,567', '45.7 MB', '2026-11-30 11:05 UTC']) expect(mail.html).toContain(`<dd>${part}</dd>`);
});

test('a file that was cut says so, and where', () => {
  const mail = batchExportMail(exportJob(), readyOutcome({ rows: 1000, truncatedAt: 1000 }), CONSOLE);
  expect(mail.text).toContain('Rows: 1,000 (cut)');
  expect(mail.text).toContain('The file is not complete: it ends at the limit of 1,000 rows.');
  expect(mail.html).toContain('The file is not complete: it ends at the limit of 1,000 rows.');
  expect(batchExportMail(exportJob(), readyOutcome(), CONSOLE).text).not.toContain('not complete');
});

test('the news of a failure: why, and what to do', () => {
  const outcome = failedOutcome('One query needs more memory than it may use.', 'Choose fewer columns.');
  const mail = batchExportMail(exportJob({ format: 'parquet' }), outcome, CONSOLE);
  expect(mail.subject).toBe('Export failed: 2026-11-23T11:00:00.000Z - events as Parquet');
  expect(mail.text).toBe(`Your export has failed.

Export: 2026-11-23T11:00:00.000Z - events as Parquet
Project: demo
Reason: One query needs more memory than it may use.
What to do: Choose fewer columns.

There is no file to download.

The project's exports: https://exports.example.com/project/demo/exports

You get this mail because your address was given when the export was started.
`);
  expect(batchExportMail(exportJob(), failedOutcome('Why.', ''), CONSOLE).text).not.toContain('What to do');
});

test('the only link leads to the console, never to the file; without a console there is none', () => {
  const job = exportJob({}, { projectId: 'a/b?c"d' });
  const linked = batchExportMail(job, readyOutcome(), `${CONSOLE}/base/`);
  const links = [...`${linked.text}${linked.html}`.matchAll(/https?:[^\s"<]+/g)].map(([link]) => link);
  expect(new Set(links)).toEqual(new Set([`${CONSOLE}/base/project/a%2Fb%3Fc%22d/exports`]));
  const plain = batchExportMail(job, readyOutcome(), undefined);
  expect(plain.text + plain.html).not.toMatch(/https?:|<a /);
  for (const { text, html } of [linked, plain]) expect(text + html).not.toMatch(/secret-folder|abababab/);
});

test('nothing that others wrote becomes markup, a header, or turns the reading direction', () => {
  const evil = `<script>alert('1')</script>&"\r\nBcc: eve@example.com\u202e`;
  const job = exportJob({}, { clickedAt: evil, projectId: evil });
  for (const outcome of [failedOutcome(evil, evil), { ...readyOutcome(), expiresAt: evil }]) {
    const mail = batchExportMail(job, outcome, CONSOLE);
    expect(mail.html).not.toMatch(/<script|<img|\u202e/);
    expect(mail.html).toContain('&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot; Bcc: eve@example.com');
    expect(mail.subject).not.toMatch(/[\r\n\u202e]/);
    expect(mail.text).not.toMatch(/^Bcc/m);
  }
});

test('the HTML names no colours and loads nothing, so that it can be read in dark mode and tells nobody', () => {
  const { html } = batchExportMail(exportJob(), readyOutcome(), CONSOLE);
  expect(html).toContain('<meta name="color-scheme" content="light dark">');
  expect(html).not.toMatch(/color:|background|src=|<img|<link|url\(|<table/);
});

test('sizes are in units that people read', () => {
  expect([0, 1, 999, 1000, 999_949, 999_950, 1.5e9, 2e15].map(humanSize)).toEqual([
    '0 B',
    '1 B',
    '999 B',
    '1.0 kB',
    '999.9 kB',
    '1.0 MB',
    '1.5 GB',
    '2000.0 TB',
  ]);
});

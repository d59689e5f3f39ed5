/** What the mails about batch exports say. Pure. They lead to the console, where one logs in, never to the data. */
import type { BatchExportJob, BatchExportOutcome } from '../../shared/batch-export.ts';
import { escapeHtml, htmlDocument, humanSize, instantInUtc, oneLine } from './wording.ts';

export interface BatchExportMail {
  subject: string;
  text: string;
  html: string;
}

/** What is said, before it becomes text or HTML. */
interface Content {
  subject: string;
  title: string;
  paragraphs: string[];
  facts: Array<[label: string, value: string]>;
}

const FORMAT_NAMES = { csv: 'CSV', json: 'JSON', jsonl: 'JSONL', parquet: 'Parquet' } as const;
const WHY = 'You get this mail because your address was given when the export was started.';

/**
 * The mail that tells how a batch export ended.
 * @param consoleUrl where the console is; without it the mail has no link
 */
export function batchExportMail(
  job: BatchExportJob,
  outcome: BatchExportOutcome,
  consoleUrl: string | undefined,
): BatchExportMail {
  const content = outcome.kind === 'ready' ? ready(job, outcome) : failed(job, outcome);
  const link = consoleUrl === undefined ? undefined : exportsPage(consoleUrl, job.projectId);
  return { subject: content.subject, text: textOf(content, link), html: htmlOf(content, link) };
}

/** `2026-11-23T11:00:00.000Z - events as CSV` */
export function batchExportName({ clickedAt, request }: BatchExportJob): string {
  return oneLine(`${clickedAt} - ${request.source} as ${FORMAT_NAMES[request.format]}`);
}

function ready(job: BatchExportJob, outcome: Extract<BatchExportOutcome, { kind: 'ready' }>): Content {
  const { file, expiresAt } = outcome;
  const until = instantInUtc(expiresAt);
  const name = batchExportName(job);
  const cut =
    file.truncatedAt === undefined
      ? []
      : [
          `The file is not complete: it ends at the limit of ${count(file.truncatedAt)}. Narrow the filters or raise the limit to get the rest.`,
        ];
  return {
    subject: `Export ready: ${name}`,
    title: 'Your export is ready',
    paragraphs: [...cut, `It can be downloaded from the project's exports until ${until}; then the file is removed.`],
    facts: [
      ['Export', name],
      ['Project', oneLine(job.projectId)],
      ['Rows', file.truncatedAt === undefined ? number(file.rows) : `${number(file.rows)} (cut)`],
      ['Size', humanSize(file.bytes)],
      ['Available until', until],
    ],
  };
}

function failed(job: BatchExportJob, { failure }: Extract<BatchExportOutcome, { kind: 'failed' }>): Content {
  const name = batchExportName(job);
  const facts: Content['facts'] = [
    ['Export', name],
    ['Project', oneLine(job.projectId)],
    ['Reason', oneLine(failure.message)],
    ['What to do', oneLine(failure.remedy)],
  ];
  return {
    subject: `Export failed: ${name}`,
    title: 'Your export has failed',
    paragraphs: ['There is no file to download.'],
    facts: facts.filter(([, value]) => value !== ''),
  };
}

function exportsPage(consoleUrl: string, projectId: string): string {
  return `${consoleUrl.replace(/\/+$/, '')}/project/${encodeURIComponent(projectId)}/exports`;
}

function textOf({ title, paragraphs, facts }: Content, link: string | undefined): string {
  const lines = facts.map(([label, value]) => `${label}: ${value}`).join('\n');
  const open = link === undefined ? [] : [`The project's exports: ${link}`];
  return `${[`${title}.`, lines, ...paragraphs, ...open, WHY].join('\n\n')}\n`;
}

function htmlOf({ subject, title, paragraphs, facts }: Content, link: string | undefined): string {
  const list = facts.map(([label, value]) => `<dt><b>${escapeHtml(label)}</b></dt>\n<dd>${escapeHtml(value)}</dd>`);
  const open = link === undefined ? [] : [`<p><a href="${escapeHtml(link)}">Open the project's exports</a></p>`];
  return htmlDocument(subject, [
    `<h1 style="font-size: 1.3em">${escapeHtml(title)}</h1>`,
    `<dl>\n${list.join('\n')}\n</dl>`,
    ...paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`),
    ...open,
    `<p><small>${escapeHtml(WHY)}</small></p>`,
  ]);
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function count(rows: number): string {
  return rows === 1 ? '1 row' : `${number(rows)} rows`;
}

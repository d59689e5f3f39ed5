/** Jobs to be told about, a mail server on a free port, and a reader of what it caught. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type MailCatcher, startMailCatcher } from '../../../dev/stack/mail.ts';
import {
  type BatchExportInput,
  type BatchExportJob,
  type BatchExportOutcome,
  batchExportRequestSchema,
} from '../../../shared/batch-export.ts';
import { tempFolder } from '../../support/temp-folder.ts';

export function exportJob(request: BatchExportInput = {}, overrides: Partial<BatchExportJob> = {}): BatchExportJob {
  return {
    projectId: 'demo',
    exportId: 'e1',
    request: batchExportRequestSchema.parse(request),
    clickedAt: '2026-11-23T11:00:00.000Z',
    actor: 'ada@example.com',
    ...overrides,
  };
}

export function readyOutcome(file: { rows?: number; bytes?: number; truncatedAt?: number } = {}): BatchExportOutcome {
  return {
    kind: 'ready',
    file: {
      key: 'secret-folder/file.csv',
      rows: 1234567,
      bytes: 45_678_901,
      uncompressedBytes: 45_678_901,
      sha256: 'ab'.repeat(32),
      queryId: 'demo/e1/query',
      ...file,
    },
    expiresAt: '2026-11-30T11:05:42.000Z',
  };
}

export function failedOutcome(message: string, remedy: string): BatchExportOutcome {
  return { kind: 'failed', failure: { type: 'SourceTooLarge', message, remedy } };
}

/** Stopped when the test has finished. */
export async function catchMails(refuse?: (address: string) => boolean): Promise<MailCatcher> {
  const catcher = await startMailCatcher({ port: 0, folder: await tempFolder(), ...(refuse && { refuse }) });
  onTestFinished(() => catcher.stop());
  return catcher;
}

/** One mail as its reader has it. */
export interface CaughtMail {
  headers: Record<string, string>;
  text: string;
  html: string;
}

/** In the order of arrival. */
export async function caughtMails({ folder }: Pick<MailCatcher, 'folder'>): Promise<CaughtMail[]> {
  const names = (await readdir(folder)).sort();
  return Promise.all(names.map(async (name) => readMail(await readFile(join(folder, name), 'utf8'))));
}

function readMail(source: string): CaughtMail {
  const { headers, body } = split(source);
  const boundary = /boundary="([^"]+)"/.exec(headers['content-type'] ?? '')?.[1] ?? '';
  const parts = body.split(`--${boundary}`).map((part) => split(part.replace(/^\r\n/, '')));
  const contentOf = (type: string) => {
    const part = parts.find((each) => each.headers['content-type']?.startsWith(type));
    return part === undefined ? '' : decode(part.body, part.headers['content-transfer-encoding']);
  };
  return { headers, text: contentOf('text/plain'), html: contentOf('text/html') };
}

function split(source: string): { headers: Record<string, string>; body: string } {
  const end = source.indexOf('\r\n\r\n');
  const lines = source
    .slice(0, end)
    .replace(/\r\n\s+/g, ' ')
    .split('\r\n');
  const headers = lines.map(
    (line) => [line.split(':')[0]?.toLowerCase() ?? '', line.replace(/^[^:]*:\s*/, '')] as const,
  );
  return { headers: Object.fromEntries(headers), body: source.slice(end + 4) };
}

function decode(body: string, encoding = '7bit'): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  const text = body.replaceAll('\r\n', '\n');
  if (encoding !== 'quoted-printable') return text;
  const bytes = text
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

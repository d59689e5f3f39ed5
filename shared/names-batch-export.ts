/** Names of the file of a batch export. Pure: the client names the file too. */
import type { BatchExportJob } from './batch-export.ts';
import type { Format } from './config/integration.ts';
import { extensionOf } from './names-files.ts';
import { compactInstant } from './names-times.ts';
import { iso } from './period.ts';

type Named = Pick<BatchExportJob, 'projectId' | 'exportId' | 'request' | 'clickedAt'>;

const SHOWN: Record<Format, string> = { csv: 'CSV', json: 'JSON', jsonl: 'JSONL', parquet: 'Parquet' };

/** `20261123T101500.000Z - events as CSV.csv.gz`: without the colons of ISO 8601's extended form, which Windows forbids. */
export function batchExportFileName({ request, clickedAt }: Pick<Named, 'request' | 'clickedAt'>): string {
  const { source, format } = request;
  return `${compactInstant(iso(Date.parse(clickedAt)))} - ${source} as ${SHOWN[format]}.${extensionOf(request)}`;
}

/** `{prefix}{projectId}/batch-exports/{exportId}/{file name with "_" for spaces}`, fixed by what was asked: every attempt writes there. */
export function batchExportKey(prefix: string, job: Named): string {
  const name = batchExportFileName(job).replaceAll(' ', '_');
  return `${prefix}${job.projectId}/batch-exports/${job.exportId}/${name}`;
}

/** The header that makes a browser save the file under its name, whose characters need no quoting. */
export function batchExportDisposition(job: Pick<Named, 'request' | 'clickedAt'>): string {
  return `attachment; filename="${batchExportFileName(job)}"`;
}

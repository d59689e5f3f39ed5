import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { BatchExportState } from '../../shared/batch-export.ts';
import { batchExportMemo, batchExportName } from '../../shared/batch-export-memo.ts';
import { exportProject, exportStatus } from '../../shared/search-attributes.ts';

/** Tells the present state where lists and operators look: search attributes, memo, current details. */
export function show(state: BatchExportState): void {
  upsertSearchAttributes([
    { key: exportProject, value: state.job.projectId },
    { key: exportStatus, value: state.status },
  ]);
  upsertMemo(batchExportMemo(state));
  setCurrentDetails(detailsOf(state));
}

/** One line beside the activity that writes: `csv of about 1200 rows`. */
export function summaryOf({ job, plan }: BatchExportState): string {
  return `${job.request.format} of about ${plan?.rows ?? 0} rows`;
}

function detailsOf({ job, status, plan, file, failure, expiresAt }: BatchExportState): string {
  const { request, actor, clickedAt } = job;
  const { filters, search } = request;
  const rows: Array<[string, string]> = [
    ['status', status],
    ['name', batchExportName(job)],
    ['asked by', `${actor}, ${clickedAt}`],
    [
      'what',
      `${request.source} as ${request.format}, ${filters.length} filters${search === undefined ? '' : ', search'}`,
    ],
  ];
  if (plan !== undefined) rows.push(['planned', `${plan.rows} rows, about ${plan.bytes} bytes before compression`]);
  if (file !== undefined) {
    rows.push(['file', `${file.key}: ${file.rows} rows, ${file.bytes} bytes, sha256 ${file.sha256}`]);
    if (file.truncatedAt !== undefined) rows.push(['cut', `at the limit of ${file.truncatedAt} rows`]);
  }
  if (expiresAt !== undefined) rows.push([status === 'EXPIRED' ? 'would have expired' : 'expires', expiresAt]);
  if (failure !== undefined) rows.push([failure.type, `${failure.message} **${failure.remedy}**`]);
  return ['| | |', '|-|-|', ...rows.map(([name, value]) => `| ${name} | ${value.replaceAll('|', '\\|')} |`)].join('\n');
}

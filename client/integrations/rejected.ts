/** Rows that product analytics refused: read them, take them along as CSV, send them again. */
import { randomUUID } from 'node:crypto';
import Papa from 'papaparse';
import { z } from 'zod';
import type { RejectedEntry, RejectedPage } from '../../shared/rejected.ts';
import type { ListRejectedInput } from '../../workflows/messages.ts';
import type { Context } from '../context.ts';
import { pageTokens } from '../page-tokens.ts';
import { runBriefly } from '../run-briefly.ts';
import { idSchema, parse } from '../validate.ts';
import { workflowIdOf } from './about.ts';
import type { RejectedInput, RejectedListPage } from './types.ts';

const shape = z.object({
  projectId: idSchema,
  integrationId: idSchema,
  reason: z.string().min(1).max(100).optional(),
  pageSize: z.int().min(1).max(1_000).default(100),
  pageToken: z.string().optional(),
});

/** Lines of a CSV that are asked for at once. */
const CSV_PAGE = 1_000;

/** See `Integrations.rejected`. */
export async function listRejectedRows(context: Context, input: RejectedInput): Promise<RejectedListPage> {
  workflowIdOf(input);
  const { projectId, integrationId, reason, pageSize: limit, pageToken } = parse(shape, input);
  const tokens = pageTokens(context, projectId, `rejected/${integrationId}/${reason ?? ''}`);
  const { entries, next } = await runBriefly<ListRejectedInput, RejectedPage>(context, 'listRejected', {
    about: 'The list of rejected rows',
    undone: 'The rejected rows were not read.',
    workflowId: `list-rejected/${projectId}/${integrationId}/${randomUUID()}`,
    projectId,
    input: {
      ...{ projectId, integrationId, limit },
      ...(reason !== undefined && { reason }),
      ...(pageToken !== undefined && { after: Buffer.from(tokens.open(pageToken)).toString() }),
    },
    summary: `Rejected rows of ${integrationId}`,
  });
  return { entries, ...(next !== undefined && { nextPageToken: tokens.seal(Buffer.from(next)) }) };
}

const COLUMNS = [
  ...(['source', 'id', 'eventTime', 'reason', 'field', 'message', 'axis'] as const),
  ...(['periodStart', 'periodEnd', 'revision', 'at'] as const),
] satisfies Array<keyof RejectedEntry>;

/** See `Integrations.rejectedCsv`. */
export async function* rejectedRowsCsv(
  context: Context,
  input: Omit<RejectedInput, 'pageSize' | 'pageToken'>,
): AsyncGenerator<string, void, undefined> {
  yield `${COLUMNS.join(',')}\n`;
  let pageToken: string | undefined;
  do {
    const page = await listRejectedRows(context, { ...input, pageSize: CSV_PAGE, pageToken });
    if (page.entries.length > 0) {
      // Ids come from rows: a spreadsheet must not run them.
      const lines = Papa.unparse(page.entries, {
        columns: COLUMNS,
        header: false,
        newline: '\n',
        escapeFormulae: true,
      });
      yield `${lines}\n`;
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
}

/** The one table from ClickHouse's errors to ours. Server messages quote row values: only codes and our own words leave here. */
import { ClickHouseError } from '@clickhouse/client';
import type { FailureType } from '../../shared/failures.ts';
import { ExportError } from '../export-error.ts';

interface Rule {
  codes: readonly number[];
  type: FailureType;
  message: string;
  remedy: string;
}

const RULES: readonly Rule[] = [
  {
    codes: [159, 160],
    type: 'SourceTooLarge',
    message: 'a query ran into its time limit',
    remedy: 'The part is split. If this goes on, raise the time limit of export queries or give ClickHouse more power.',
  },
  {
    codes: [158, 307, 396, 191],
    type: 'SourceOverloaded',
    message: 'a query met a limit on rows or bytes read',
    remedy:
      'The export tries again. If this goes on, raise max_rows_to_read and max_bytes_to_read for the export user.',
  },
  {
    codes: [202, 203, 216, 439, 745],
    type: 'SourceOverloaded',
    message: 'ClickHouse runs too many queries at once',
    remedy:
      'The export tries again. If this goes on, raise max_concurrent_queries or lower the parallel periods and parts.',
  },
  {
    codes: [201],
    type: 'SourceOverloaded',
    message: "the export user's quota is used up",
    remedy: 'The export tries again. Raise the quota of the export user in ClickHouse.',
  },
  {
    codes: [209, 210, 225, 236, 242, 243, 252, 279, 286, 394, 425, 999],
    type: 'SourceOverloaded',
    message: 'ClickHouse broke the query off',
    remedy: 'The export tries again. If this goes on, look at the health of the ClickHouse server.',
  },
  {
    codes: [192, 193, 194, 516],
    type: 'SourceDenied',
    message: 'ClickHouse refuses the user or password',
    remedy: 'Correct the user and password of the ClickHouse connection.',
  },
  {
    codes: [195, 291, 497],
    type: 'SourceDenied',
    message: 'the export user lacks a right in ClickHouse',
    remedy: 'GRANT SELECT on the events tables, and SELECT and INSERT on the exports database, to the export user.',
  },
  {
    codes: [164, 452],
    type: 'SourceDenied',
    message: 'ClickHouse does not let the export user change settings or write',
    remedy:
      'Give the export user a profile with readonly = 0 and without constraints on the settings that exports send.',
  },
  {
    codes: [115],
    type: 'SourceDenied',
    message: 'ClickHouse does not know a setting that exports need',
    remedy:
      'Exports need ClickHouse 25.6 or newer: update the server, or leave the setting out in the connection settings.',
  },
  {
    codes: [60],
    type: 'SourceDenied',
    message: 'a table of the export does not exist',
    remedy: 'Check the configured table names and the database, and that the exports database was created.',
  },
  {
    codes: [81],
    type: 'SourceDenied',
    message: 'a database of the export does not exist',
    remedy: 'Check the configured database names.',
  },
  {
    codes: [16, 47, 8, 10, 36, 43, 46, 53, 386],
    type: 'SourceDenied',
    message: 'the table does not have the columns that the export needs',
    remedy: 'Check the configured table names, and that the tables have been migrated to the present schema.',
  },
];

/** Both wordings of "this query, not the server, is out of memory". */
const QUERY_MEMORY = /Query memory limit exceeded|Memory limit \(for query\) exceeded/;

const UNTRUSTED = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT)/;

export interface FailureContext {
  queryId: string;
  /** True when our own reader had kept the server waiting for so long that the server may have given up. */
  readerWasSlow?: boolean;
  /** True while rows were being streamed. */
  streaming?: boolean;
}

/** What an error thrown by the client, or found in a body, means. */
export function sourceFailure(error: unknown, context: FailureContext): ExportError {
  if (error instanceof ExportError) return error;
  const code = clickHouseCode(error);
  const fail = (type: FailureType, message: string, remedy: string) =>
    new ExportError(type, `ClickHouse: ${message} (${describe(code, error)}, query ${context.queryId}).`, remedy, {
      cause: error,
    });
  const broken = code === undefined || code === 209 || code === 210;
  if (context.readerWasSlow && broken)
    return fail(
      'DestinationBusy',
      'the connection was closed because the destination took the rows too slowly',
      'The export tries again. If this goes on, look at the destination, or lower the size of parts.',
    );
  if (code === 241)
    return QUERY_MEMORY.test(messageOf(error))
      ? fail(
          'SourceTooLarge',
          'a query needs more memory than it may have',
          'The part is split. Raise the memory of export queries if single rows are larger.',
        )
      : fail(
          'SourceOverloaded',
          'the server has no memory left',
          'The export tries again. If this goes on, give ClickHouse more memory or fewer queries.',
        );
  if (code === 209 && context.streaming)
    return fail('SourceTooLarge', 'no rows came within the time limit of the connection', 'The part is split.');
  const rule = RULES.find((one) => code !== undefined && one.codes.includes(code));
  if (rule) return fail(rule.type, rule.message, rule.remedy);
  if (code !== undefined)
    return fail(
      'Unexpected',
      'a query failed',
      'Look the query up in system.query_log by its id, and report the code.',
    );
  if (UNTRUSTED.test(systemCode(error) ?? ''))
    return fail(
      'SourceDenied',
      "the server's certificate is not trusted",
      'Correct the certificate, or its authority in NODE_EXTRA_CA_CERTS.',
    );
  return fail(
    'SourceOverloaded',
    'the server cannot be reached, or the connection broke',
    'The export tries again. Check the URL of ClickHouse and the network between worker and server.',
  );
}

function describe(code: number | undefined, error: unknown): string {
  return code === undefined ? (systemCode(error) ?? 'no code') : `code ${code}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** ClickHouse's number of an error, from the client's error or from the text of a message. */
export function clickHouseCode(error: unknown): number | undefined {
  if (error instanceof ClickHouseError) return Number(error.code);
  const found = /^\s*(?:Code|Error): (\d+)/m.exec(messageOf(error))?.[1];
  return found === undefined ? undefined : Number(found);
}

/** `ECONNREFUSED` and the like; nothing that a server wrote. */
function systemCode(error: unknown): string | undefined {
  for (let one = error; one instanceof Error; one = one.cause) {
    if ('code' in one && typeof one.code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(one.code)) return one.code;
  }
  return undefined;
}

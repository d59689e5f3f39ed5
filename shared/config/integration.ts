/** The configuration of an integration: one schema for forms, client, CLI and the workflow's validators. Unknown fields are refused. */
import { z } from 'zod';
import { columnProblem } from '../filters/columns.ts';
import { filtersSchema } from '../filters/filter.ts';
import { FREQUENCIES, type Frequency, isFrequency } from '../period.ts';
import { COLUMN_GROUPS, type ColumnGroup, DEFAULT_LOOK_BACK_DAYS, SOURCES } from '../sources/catalog.ts';
import {
  type Destination,
  destinationSchema,
  isEventSink,
  plainSecrets,
  sealedSecret,
  sealedSecrets,
} from './destination.ts';
import { areDistinct } from './distinct.ts';
import { templateProblem } from './layout.ts';

export const FORMATS = ['parquet', 'jsonl', 'csv', 'json'] as const;
export type Format = (typeof FORMATS)[number];

export const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

const frequency = z.custom<Frequency>(isFrequency, `one of ${FREQUENCIES.join(', ')}`);

const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'no control characters');

/** Who is told. Addresses of webhooks are often secrets, so they are sealed like the others; the name tells them apart. */
function recipientSchema<S extends z.ZodType<string, string>>(secretUrl: S) {
  return z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('email'), address: z.email() }),
    z.strictObject({ kind: z.literal('webhook'), name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/), url: secretUrl }),
  ]);
}

const plainUrl = z.union([z.literal(''), z.url({ protocol: /^https$/ })], {
  error: 'an https URL, or blank to keep the stored one',
});

const layout = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('hive') }),
    z.strictObject({ kind: z.literal('flat') }),
    /** A folder template such as `{projectId}/{source}/{date}`; the file name is fixed. */
    z
      .strictObject({ kind: z.literal('template'), template: z.string().min(1).max(512) })
      .superRefine((value, context) => {
        const problem = templateProblem(value.template);
        if (problem !== undefined) context.addIssue({ code: 'custom', path: ['template'], message: problem });
      }),
  ])
  .default({ kind: 'hive' });

/** Numbers that an operator may turn; the defaults are right for most. */
const tuning = z
  .strictObject({
    /** Periods exported at once; one place is kept for live periods, so at least 2. (Measured on two cores: more than 8 to 16 gain nothing.) */
    parallelPeriods: z.int().min(2).max(64).default(8),
    /** Parts of one period streamed at once. */
    parallelParts: z.int().min(1).max(32).default(2),
    /** Aimed-at size of a part of large rows; parts of rows of common size are up to four times as large (`weightOf`). 250 MiB of text (140 MiB for Parquet) stayed under 512 MB in ClickHouse in every measurement. */
    targetPartBytes: z
      .int()
      .min(1_000)
      .max(2 ** 34)
      .default(128 * 2 ** 20),
    targetPartRows: z.int().min(1).max(100_000_000).default(500_000),
    /** Tries of one activity before the period becomes a hole (8 tries are about 10 minutes). */
    activityAttempts: z.int().min(1).max(50).default(8),
    /** First pause before a hole is tried again; it doubles up to 60 times this. */
    holePauseSeconds: z.number().min(0.1).max(3_600).default(60),
    /** Hours after a live period's end at which rows that became visible late are looked for. Empty: never. */
    sweepHours: z.array(z.number().min(0).max(96)).max(3).refine(areDistinct, 'each hour once').default([2, 72]),
  })
  .prefault({});

function integrationSchema<S extends Parameters<typeof destinationSchema>[0], U extends z.ZodType<string, string>>(
  secrets: S,
  secretUrl: U,
) {
  return z
    .strictObject({
      name,
      enabled: z.boolean().default(true),
      sources: z.array(z.enum(SOURCES)).min(1).refine(areDistinct, 'each source once').default(['events']),
      /**
       * Legacy sources: live periods look for changes among rows of the last days of event time, because `updated_at` has no index there.
       * Absent in configurations that were stored before there were legacy sources.
       */
      lookBackDays: z.int().min(1).max(3_650).default(DEFAULT_LOOK_BACK_DAYS),
      /** Columns of files, or properties of events. Default: all; of events all but `io`, which `includeIo` asks for, and `metadata`. */
      columnGroups: z.array(z.enum(COLUMN_GROUPS)).min(1).refine(areDistinct, 'each column group once').optional(),
      /** Rows that are exported: those that all filters match. Absent in configurations that were stored before filters existed. */
      filters: filtersSchema.default([]),
      format: z.enum(FORMATS).default('parquet'),
      /** Default: gzip for text, none for Parquet (which compresses inside). */
      compression: z.enum(COMPRESSIONS).optional(),
      csv: z.strictObject({ bom: z.boolean().default(false), formulaGuard: z.boolean().default(false) }).prefault({}),
      frequency: frequency.default('daily'),
      /** Days and weeks start at this offset from UTC. */
      utcOffsetMinutes: z.int().min(-720).max(840).default(0),
      mode: z.enum(['FULL_HISTORY', 'FROM_TODAY', 'FROM_CUSTOM_DATE']).default('FULL_HISTORY'),
      /** FROM_CUSTOM_DATE only: an ISO date or instant in UTC. */
      startDate: z
        .union(
          [z.iso.date(), z.iso.datetime()],
          'a date or an instant in UTC, for example 2026-01-31 or 2026-01-31T08:00:00Z',
        )
        .optional(),
      layout,
      destination: destinationSchema(secrets),
      recipients: z
        .array(recipientSchema(secretUrl))
        .max(50)
        .refine((all) => {
          const names = all.flatMap((one) => ('name' in one ? [one.name] : []));
          return new Set(names).size === names.length;
        }, 'two webhooks have the same name')
        .default([]),
      /** Minutes to wait after a live period's end before it is read. */
      settleMinutes: z.number().min(0).max(1440).default(20),
      tuning,
    })
    .superRefine((value, context) => {
      for (const [index, { column }] of value.filters.entries()) {
        const problem = value.sources.map((source) => columnProblem(column, source)).find((text) => text !== undefined);
        if (problem === undefined) continue;
        context.addIssue({ code: 'custom', path: ['filters', index, 'column'], message: problem });
      }
      if (isEventSink(value.destination)) {
        for (const [path, message] of fileFieldProblems(value)) context.addIssue({ code: 'custom', path, message });
      }
      if (value.mode === 'FROM_CUSTOM_DATE' && value.startDate === undefined) {
        context.addIssue({
          code: 'custom',
          path: ['startDate'],
          message: 'mode FROM_CUSTOM_DATE needs a startDate, for example 2026-01-31',
        });
      }
      if (value.mode !== 'FROM_CUSTOM_DATE' && value.startDate !== undefined) {
        context.addIssue({
          code: 'custom',
          path: ['startDate'],
          message: `startDate goes with mode FROM_CUSTOM_DATE only, not with ${value.mode}`,
        });
      }
      if (value.format === 'parquet' && value.compression !== undefined && value.compression !== 'none') {
        context.addIssue({
          code: 'custom',
          path: ['compression'],
          message: 'Parquet is compressed inside (zstd): leave compression out or say "none"',
        });
      }
    })
    .transform((value) => ({
      ...value,
      columnGroups: value.columnGroups ?? defaultColumnGroups(value.destination),
      compression: value.compression ?? (value.format === 'parquet' ? ('none' as const) : ('gzip' as const)),
    }));
}

function defaultColumnGroups(destination: Destination): ColumnGroup[] {
  return COLUMN_GROUPS.filter((group) => !isEventSink(destination) || (group !== 'io' && group !== 'metadata'));
}

interface FileFields {
  format: Format;
  compression?: Compression | undefined;
  csv: { bom: boolean; formulaGuard: boolean };
  layout: { kind: string };
  columnGroups?: ColumnGroup[] | undefined;
}

/** What was asked of files where there are none: path and message. */
function fileFieldProblems({ format, compression, csv, layout, columnGroups }: FileFields): Array<[string[], string]> {
  const forFiles = 'is for files; product analytics takes events: leave it out';
  const problems: Array<[string[], string] | false> = [
    format !== 'parquet' && [['format'], forFiles],
    compression !== undefined && compression !== 'none' && [['compression'], forFiles],
    (csv.bom || csv.formulaGuard) && [['csv'], forFiles],
    layout.kind !== 'hive' && [['layout'], forFiles],
    columnGroups?.includes('io') === true && [['columnGroups'], 'input and output go out with destination.includeIo'],
  ];
  return problems.filter((problem) => problem !== false);
}

/** What a person fills in: secrets are plain text. */
export const integrationInputSchema = integrationSchema(plainSecrets, plainUrl);
export type IntegrationInput = z.input<typeof integrationInputSchema>;

/** What workflows carry: secrets are sealed. */
export const integrationConfigSchema = integrationSchema(sealedSecrets, sealedSecret);
export type IntegrationConfig = z.output<typeof integrationConfigSchema>;

/** Ids are chosen by callers and stand in workflow ids and object keys. */
export const idSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'id: 1 to 64 of letters, digits, "_" and "-"');

/** One line per fault with its path: `destination.prefix: prefix must end with "/"`. */
export function describeIssues(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'configuration'}: ${issue.message}`).join('; ');
}

/** `startDate` in epoch ms; a bare date is midnight UTC. */
export function startDateOf(config: Pick<IntegrationConfig, 'startDate'>): number | undefined {
  return config.startDate === undefined ? undefined : Date.parse(config.startDate);
}

/**
 * Faults that depend on the present time, which a schema must not read (workflow validators have their own clock).
 * @param now epoch ms
 */
export function timeProblem(config: Pick<IntegrationConfig, 'startDate'>, now: number): string | undefined {
  const start = startDateOf(config);
  if (start !== undefined && start > now)
    return `startDate: ${config.startDate} is in the future; choose a date up to today`;
  return undefined;
}

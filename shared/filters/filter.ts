/** Filters of the events table, as Langfuse's clients send them; a list is joined by AND. */
import { z } from 'zod';
import { FILTER_COLUMNS, type FilterColumn, filterTypesOf, isFilterColumn, OPERATORS } from './columns.ts';

const MOST_FILTERS = 100;
const MOST_OPTIONS = 1_000;
const LONGEST_TEXT = 10_000;
/** Of all filters as JSON: they stand in the input of every activity, and a workflow's history must stay far below 50 MB. */
const MOST_CHARACTERS = 50_000;

const column = z.custom<FilterColumn>(isFilterColumn, `one of ${Object.keys(FILTER_COLUMNS).join(', ')}`);
const noKey = z.undefined('only stringObject and numberObject filters take a key').optional();

const text = z
  .string()
  .max(LONGEST_TEXT)
  .refine((value) => value.isWellFormed(), 'valid Unicode text');
const key = text.min(1, 'the name of the metadata entry');
const options = z.array(text).min(1, 'at least one option').max(MOST_OPTIONS);

/** Up to microseconds, as the table stores them. */
const datetime = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'a date or an instant with its zone, for example 2026-01-31 or 2026-01-31T08:00:00Z',
  })
  .refine((value) => !/\.\d{7}/.test(value), 'at most six digits after the second')
  .refine((value) => Number.isFinite(Date.parse(value)), 'a date that exists');

const filterSchema = z
  .discriminatedUnion(
    'type',
    [
      z.strictObject({
        column,
        type: z.literal('datetime'),
        operator: z.enum(OPERATORS.datetime),
        value: datetime,
        key: noKey,
      }),
      z.strictObject({
        column,
        type: z.literal('string'),
        operator: z.enum(OPERATORS.string),
        value: text,
        key: noKey,
      }),
      z.strictObject({
        column,
        type: z.literal('stringOptions'),
        operator: z.enum(OPERATORS.stringOptions),
        value: options,
        key: noKey,
      }),
      z.strictObject({
        column,
        type: z.literal('arrayOptions'),
        operator: z.enum(OPERATORS.arrayOptions),
        value: options,
        key: noKey,
      }),
      z.strictObject({
        column,
        type: z.literal('number'),
        operator: z.enum(OPERATORS.number),
        value: z.number(),
        key: noKey,
      }),
      z.strictObject({
        column,
        type: z.literal('stringObject'),
        operator: z.enum(OPERATORS.stringObject),
        value: text,
        key,
      }),
      z.strictObject({
        column,
        type: z.literal('numberObject'),
        operator: z.enum(OPERATORS.numberObject),
        value: z.number(),
        key,
      }),
      z.strictObject({
        column,
        type: z.literal('boolean'),
        operator: z.enum(OPERATORS.boolean),
        value: z.boolean(),
        key: noKey,
      }),
      z.strictObject({
        column,
        type: z.literal('null'),
        operator: z.enum(OPERATORS.null),
        /** Means nothing; clients send ''. */
        value: z.union([z.literal(''), z.null()], { error: 'no value, or an empty one' }).optional(),
        key: noKey,
      }),
    ],
    { error: `type is one of ${Object.keys(OPERATORS).join(', ')}` },
  )
  .superRefine((filter, context) => {
    const types = filterTypesOf(filter.column);
    if (types.includes(filter.type)) return;
    const message = `${filter.column} is filtered by type ${types.join(' or ')}, not ${filter.type}`;
    context.addIssue({ code: 'custom', path: ['type'], message });
  });

/** Up to 100 filters that all must hold. Faults carry the path of their field and say what is allowed. */
export const filtersSchema = z
  .array(filterSchema)
  .max(MOST_FILTERS)
  .refine((filters) => JSON.stringify(filters).length <= MOST_CHARACTERS, {
    error: `all filters together: at most ${MOST_CHARACTERS} characters`,
  });
export type Filter = z.output<typeof filtersSchema>[number];

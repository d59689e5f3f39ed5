import { IS_ROOT } from '../../shared/sources/events-expressions.ts';
import { createDice, type Dice } from './dice.ts';
import { type LegacySet, writtenRows } from './legacy-rows.ts';
import { textArrayLiteral, textLiteral } from './literals.ts';
import { type ScoreKind, scoreComments, scoreKinds } from './score-kinds.ts';
import { hex64 } from './trace-rows.ts';

const ofKind = (value: (kind: ScoreKind) => string): string => `${textArrayLiteral(scoreKinds.map(value))}[kind]`;
const minute = 60_000;

/** Everything that can be scored, one row each: traces by their root, and generations. `ended` is the trace's, in epoch ms. */
function judgedRows(set: LegacySet): string {
  const isGeneration = "(e.type = 'GENERATION')";
  // A trace ends with its last span, whenever that was written. Nothing here depends on which versions the engine has merged away so far.
  const ofAllTime = writtenRows(set.events, { ...set, writtenSince: undefined });
  const traces = `SELECT e.trace_id AS traceId,
    max(toUnixTimestamp64Milli(coalesce(e.end_time, e.start_time))) AS ended,
    any(e.environment) AS traceEnvironment,
    any(e.ingestion_sdk_name) AS sdkName,
    any(e.ingestion_sdk_version) AS sdkVersion,
    groupUniqArrayIf((e.span_id, ${IS_ROOT}, ${isGeneration}), ${IS_ROOT} OR ${isGeneration}) AS spans
  FROM ${ofAllTime}
    AND e.trace_id IN (SELECT e.trace_id FROM ${writtenRows(set.events, set)})
  GROUP BY e.trace_id`;
  return `SELECT * EXCEPT (spans), span.1 AS spanId, judged, cityHash64(spanId, judged) AS judgedHash
  FROM (${traces})
  ARRAY JOIN spans AS span
  ARRAY JOIN arrayFilter(name -> if(name = 'trace', span.2, span.3), ['trace', 'generation']) AS judged`;
}

/**
 * Adds to the rows of `judgedRows` that are scored one to three scores of different kinds each, with their times of writing in epoch ms.
 * Like spans, scores are not written after the end of the data: where little time is left they come sooner.
 */
function scoredRows(dice: Dice, judged: string, until: number): string {
  const scored = `SELECT *,
    if(judged = 'trace', [${numbersOf('trace')}], [${numbersOf('generation')}]) AS kinds,
    ${dice.hash('first kind', 'judgedHash')} AS firstKind
  FROM (${judged})
  WHERE if(judged = 'trace', ${dice.chance(0.1, 'scored trace', 'judgedHash')}, ${dice.chance(0.025, 'scored generation', 'judgedHash')})`;
  const one = `SELECT *,
    kinds[(firstKind + ordinal) % length(kinds) + 1] AS kind,
    cityHash64(judgedHash, kind) AS hash
  FROM (${scored})
  ARRAY JOIN range(1 + ${dice.below(3, 'number of scores', 'judgedHash')}) AS ordinal`;
  const after = (base: string, reserve: number, salt: string, least: number, decades: number): string =>
    `${base} + 1 + greatest(0, least(toInt64(${least} * pow(10, ${decades} * ${dice.unit(salt, 'hash')})), toInt64((${until - reserve} - ${base} - 1) * ${dice.unit(`${salt} at the end`, 'hash')})))`;
  return `SELECT *,
    ${after('ended', 900, 'given', 2_000, 2.5)} AS givenAt,
    ${after('givenAt', 600, 'written', 100, 1.5)} AS writtenAt,
    ${after('writtenAt', 300, 'updated', minute, 2.5)} AS updatedAt,
    ${after('updatedAt', 0, 'deleted', 10 * minute, 2.5)} AS deletedAt
  FROM (${one})`;
}

const numbersOf = (judged: ScoreKind['judged']): string =>
  scoreKinds.flatMap((kind, index) => (kind.judged === judged ? [index + 1] : [])).join(', ');

/** One row for each version: 0 the first, 1 a changed value, 2 the deletion. */
function versionRows(dice: Dice, scored: string): string {
  const labels = `[${scoreKinds.map((kind) => textArrayLiteral(kind.labels)).join(', ')}][kind]`;
  const drawn = `SELECT *, version,
    ${dice.chance(0.08, 'changes', 'hash')} AS changes,
    version > 0 AND changes AS revised,
    if(revised, ${dice.hash('revised value', 'hash')}, ${dice.hash('value', 'hash')}) AS luck
  FROM (${scored})
  ARRAY JOIN [0, 1, 2] AS version
  WHERE version = 0 OR (version = 1 AND changes) OR (version = 2 AND ${dice.chance(0.03, 'is deleted', 'hash')})`;
  return `SELECT *,
    ${labels} AS labels,
    if(empty(labels), luck % 1001 / 1000, toFloat64(luck % greatest(length(labels), 1))) AS number,
    ${ofKind((kind) => kind.name)} AS kindName,
    ${ofKind((kind) => kind.dataType)} AS dataType,
    ${ofKind((kind) => kind.source)} AS origin
  FROM (${drawn})`;
}

/**
 * INSERT of the scores of traces and generations that have none yet, all versions at once. Which ones are scored, and how, follows from
 * their ids.
 *
 * @param until end of the data, epoch ms
 */
export function insertScores(set: LegacySet, until: number): string {
  const dice = createDice(`scores/${set.projectId}`);
  const time = (millis: string): string => `fromUnixTimestamp64Milli(toInt64(${millis}))`;
  const ofAnnotation = (expression: string): string => `if(origin = 'ANNOTATION', ${expression}, NULL)`;
  const ofApi = (expression: string): string => `if(origin = 'API', ${expression}, '')`;
  const comment = dice.pick(textArrayLiteral(scoreComments), scoreComments.length, 'comment', 'hash');
  const columns: [name: string, expression: string][] = [
    ['id', 'scoreId'],
    ['timestamp', time('givenAt')],
    ['project_id', textLiteral(set.projectId)],
    ['environment', 'traceEnvironment'],
    ['trace_id', 'traceId'],
    ['observation_id', "if(judged = 'generation', spanId, NULL)"],
    ['name', 'kindName'],
    ['value', 'number'],
    ['source', 'origin'],
    ['comment', `multiIf(revised, 'checked again', ${dice.chance(0.3, 'commented', 'hash')}, ${comment}, NULL)`],
    ['author_user_id', ofAnnotation(`concat('annotator-', toString(1 + ${dice.below(5, 'author', 'hash')}))`)],
    ['config_id', ofAnnotation("concat('config-', kindName)")],
    ['data_type', 'dataType'],
    ['string_value', 'if(empty(labels), NULL, labels[toUInt8(number) + 1])'],
    ['queue_id', ofAnnotation(`if(${dice.chance(0.5, 'queue', 'hash')}, 'queue-weekly-review', NULL)`)],
    [
      'metadata',
      "if(origin = 'EVAL', map('evaluator', concat('judge-', kindName)), CAST(map(), 'Map(String, String)'))",
    ],
    ['ingestion_api_key', ofApi("'pk-lf-sample'")],
    ['ingestion_sdk_name', ofApi('sdkName')],
    ['ingestion_sdk_version', ofApi('sdkVersion')],
    ['created_at', time('writtenAt')],
    ['updated_at', time('[writtenAt, updatedAt, deletedAt][version + 1]')],
    ['event_ts', time('[writtenAt, updatedAt, deletedAt][version + 1]')],
    ['is_deleted', 'version = 2'],
  ];
  const scores = versionRows(dice, scoredRows(dice, judgedRows(set), until));
  const scoreId = `concat('score-', ${hex64(dice.hash('score id', 'hash'))})`;
  const present = `SELECT s.id FROM ${set.database}.scores AS s WHERE s.project_id = ${textLiteral(set.projectId)}`;
  return `INSERT INTO ${set.database}.scores (${columns.map(([name]) => name).join(', ')})
SELECT ${columns.map(([, expression]) => expression).join(',\n  ')}
FROM (SELECT *, ${scoreId} AS scoreId FROM (${scores}))
WHERE scoreId NOT IN (${present})`;
}

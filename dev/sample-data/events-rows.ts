import type { Dice } from './dice.ts';
import { textArrayLiteral, textLiteral, textMapLiteral } from './literals.ts';
import { chatModels, embeddingModel, type Model } from './models.ts';
import { toolsets } from './toolsets.ts';

// The relations below this file (traceRows → spanRows → textRows) know nothing of a table; this file names the columns of
// the events tables. The rows of the legacy tables are made from those: `legacy-rows.ts`.

/** Which version of the rows is written: the first one, a later one with changed values, or the deletion. */
export type RowVersion = 'first' | 'updated' | 'deleted';

const time = (micros: string): string => `fromUnixTimestamp64Micro(${micros})`;
const models: readonly Model[] = [...chatModels, embeddingModel];
const ofModel = (value: (model: Model) => string): string => `[${models.map(value).join(',')}][model + 1]`;
const usageMap = "'Map(LowCardinality(String), UInt64)'";
const costMap = "'Map(LowCardinality(String), Decimal(18, 12))'";

/** Tokens from the length of the texts, and costs in 10⁻¹² dollars: whole numbers, so that the sums are exact. */
function usageRows(dice: Dice, texts: string): string {
  const counted = `SELECT *,
    isGeneration OR spanType = 'EMBEDDING' AS callsModel,
    if(isGeneration, ${dice.below(chatModels.length, 'model', 'conversation')}, ${chatModels.length}) AS model,
    toInt64(20 + intDiv(length(inputText), 4)) AS inputTokens,
    toInt64(if(isGeneration, 256 * (${dice.below(8, 'cached', 'n')} AS cacheLuck) * (cacheLuck > 4), 0)) AS cachedTokens,
    toInt64(if(isGeneration, intDiv(length(outputText) + 3, 4), 0)) AS outputTokens
  FROM (${texts})`;
  return `SELECT *,
    inputTokens * ${ofModel((model) => `${model.inputPrice}`)} AS inputCost,
    cachedTokens * ${ofModel((model) => `${model.cachedPrice}`)} AS cachedCost,
    outputTokens * ${ofModel((model) => `${model.outputPrice}`)} AS outputCost
  FROM (${counted})`;
}

// The cache reads stand last: they are left out where there were none.
const detailKeys = "['input', 'output', 'total', 'input_cache_read']";
const usageValues = '[inputTokens, outputTokens, inputTokens + outputTokens + cachedTokens, cachedTokens]';
const costValues = '[inputCost, outputCost, inputCost + outputCost + cachedCost, cachedCost]';
const detailsIf = (when: string, details: string): string =>
  `arraySlice(${details}, 1, if(${when}, 3 + (cachedTokens > 0), 0))`;
const usage = (when: string): string =>
  `CAST(mapFromArrays(${detailsIf(when, detailKeys)}, ${detailsIf(when, usageValues)}), ${usageMap})`;
const cost = (when: string): string =>
  `CAST(mapFromArrays(${detailsIf(when, detailKeys)}, arrayMap(v -> reinterpret(v, 'Decimal(18, 12)'), ${detailsIf(when, costValues)})), ${costMap})`;

/** The columns of the events tables, in the order of the INSERT, from the rows of `textRows`. */
function columns(dice: Dice, projectId: string, version: RowVersion): [name: string, expression: string][] {
  const changed = version !== 'first';
  const writing = { first: 'writtenAt', updated: 'updatedAt', deleted: 'deletedAt' }[version];
  const open = changed ? '0' : `${dice.chance(0.01, 'never ended', 'n')}`;
  const errors = ['429: rate limit reached, retry after 20 s', 'context length exceeded: 131,072 tokens', 'timeout'];
  const warnings = ['answer was cut at max_tokens', 'fallback model used', 'slow: 2nd try'];
  const prompted = `(isGeneration AND ${dice.below(5, 'prompt', 'trace')} < 2)`;
  const promptVersion = `(${dice.below(17, 'prompt version', 'trace')} + 1)`;
  const experiment = (expression: string): string => `if(inExperiment, ${expression}, '')`;
  const sdk = `(${dice.below(3, 'sdk', 'shape')} + 1)`;
  const metadata = dice.below(4, 'metadata', 'n');
  return [
    ['project_id', textLiteral(projectId)],
    ['trace_id', 'traceId'],
    ['span_id', 'spanId'],
    ['parent_span_id', 'parentId'],
    ['start_time', time('spanStart')],
    ['end_time', `if(spanType = 'EVENT' OR ${open}, NULL, ${time('spanEnd')})`],
    [
      'completion_start_time',
      `if(isGeneration AND ${dice.chance(0.7, 'streamed', 'trace')}, ${time(`spanStart + intDiv((spanEnd - spanStart) * (5 + ${dice.below(55, 'first token', 'n')}), 100)`)}, NULL)`,
    ],
    ['name', 'spanName'],
    ['type', 'spanType'],
    ['environment', 'traceEnvironment'],
    ['version', "if(isGeneration, '3', '')"],
    ['release', 'traceRelease'],
    ['trace_name', 'traceName'],
    ['user_id', 'userId'],
    ['session_id', 'sessionId'],
    ['tags', changed ? "arrayConcat(traceTags, ['reviewed'])" : 'traceTags'],
    ['level', 'spanLevel'],
    [
      'status_message',
      `multiIf(spanLevel = 'ERROR', ${dice.pick(textArrayLiteral(errors), 3, 'status', 'n')}, spanLevel = 'WARNING', ${dice.pick(textArrayLiteral(warnings), 3, 'status', 'n')}, '')`,
    ],
    ['is_app_root', 'span = 0'],
    ['bookmarked', dice.chance(0.01, 'bookmarked', 'trace')],
    ['public', dice.chance(0.005, 'public', 'trace')],
    ['prompt_id', `if(${prompted}, concat('prompt-', spanName, '-', toString(${promptVersion})), '')`],
    ['prompt_name', `if(${prompted}, spanName, '')`],
    ['prompt_version', `if(${prompted}, toUInt16(${promptVersion}), NULL)`],
    ['model_id', `if(callsModel, concat('model-', ${ofModel((model) => textLiteral(model.provider))}), '')`],
    ['provided_model_name', `if(callsModel, ${ofModel((model) => textLiteral(model.name))}, '')`],
    ['model_parameters', `if(callsModel, ${ofModel((model) => textLiteral(model.parameters))}, '')`],
    ['provided_usage_details', usage(`callsModel AND ${dice.chance(0.6, 'usage given', 'n')}`)],
    ['usage_details', usage('callsModel')],
    ['provided_cost_details', cost(`callsModel AND ${dice.chance(0.1, 'cost given', 'n')}`)],
    ['cost_details', cost('callsModel')],
    ['usage_pricing_tier_id', "if(callsModel, 'tier-standard', NULL)"],
    ['usage_pricing_tier_name', "if(callsModel, 'Standard', NULL)"],
    [
      'tool_definitions',
      `[CAST(map(), 'Map(String, String)'), ${toolsets.map(textMapLiteral).join(', ')}][toolset + 1]`,
    ],
    ['tool_calls', "if(toolset > 0 AND spanLevel != 'ERROR', [toolCall], [])"],
    ['tool_call_names', "if(toolset > 0 AND spanLevel != 'ERROR', [toolCallName], [])"],
    ['input', 'inputText'],
    ['output', 'outputText'],
    [
      'metadata_names',
      `[[], ['region', 'plan'], ['request_id', 'attempt', 'locale'], ['region', 'feature "flags"']][${metadata} + 1]`,
    ],
    [
      'metadata_values',
      `multiIf(${metadata} = 0, [], ${metadata} = 1, ['eu-west-1', 'team'], ${metadata} = 2, [concat('req-', reference), toString(span), ['en', 'de', 'fr', 'es', 'ja', 'zh', 'ar', 'hi'][language + 1]], ['us-east-1', '{"beta":true}'])`,
    ],
    ['experiment_id', experiment(`concat('experiment-', toString(intDiv(trace, 500)))`)],
    ['experiment_name', experiment(`concat('nightly ', toString(intDiv(trace, 500)))`)],
    ['experiment_metadata_names', "if(inExperiment, ['branch'], [])"],
    ['experiment_metadata_values', "if(inExperiment, ['main'], [])"],
    ['experiment_description', experiment("'Nightly run over the golden questions'")],
    ['experiment_dataset_id', experiment("'dataset-golden-questions'")],
    ['experiment_item_id', experiment("concat('item-', toString(trace % 500))")],
    ['experiment_item_version', `if(inExperiment, ${time('toInt64(1767225600000000)')}, NULL)`],
    ['experiment_item_expected_output', experiment("concat('It is #', reference)")],
    ['experiment_item_metadata_names', "if(inExperiment, ['difficulty'], [])"],
    ['experiment_item_metadata_values', "if(inExperiment, [['easy', 'hard'][trace % 2 + 1]], [])"],
    ['experiment_item_root_span_id', experiment('rootSpanId')],
    ['source', "if(shape % 2 = 0, 'otel', 'ingestion-api')"],
    ['service_name', 'service'],
    ['service_version', 'traceRelease'],
    ['scope_name', "'langfuse-sdk'"],
    ['scope_version', `['3.8.1', '4.2.0', '4.2.0'][${sdk}]`],
    ['telemetry_sdk_language', `['python', 'nodejs', 'nodejs'][${sdk}]`],
    ['telemetry_sdk_name', "'opentelemetry'"],
    ['telemetry_sdk_version', `['1.38.0', '2.2.0', '2.2.0'][${sdk}]`],
    ['ingestion_sdk_name', `['python', 'javascript', 'javascript'][${sdk}]`],
    ['ingestion_sdk_version', `['3.8.1', '4.2.0', '4.2.0'][${sdk}]`],
    ['ingestion_api_key', "'pk-lf-sample'"],
    [
      'blob_storage_file_path',
      `concat(${textLiteral(`${projectId}/otel/`)}, substring(traceId, 1, 2), '/', spanId, '.json')`,
    ],
    ['event_bytes', 'toUInt64(640 + length(inputText) + length(outputText) + 400 * (toolset > 0))'],
    ['created_at', time('writtenAt')],
    ['updated_at', time(writing)],
    ['event_ts', time(writing)],
    ['is_deleted', version === 'deleted' ? '1' : '0'],
  ];
}

/** INSERT of the events-table rows made from the rows of `textRows`, without its settings. */
export function insertEvents(
  dice: Dice,
  texts: string,
  into: { target: string; projectId: string; version: RowVersion },
): string {
  const list = columns(dice, into.projectId, into.version);
  return `INSERT INTO ${into.target} (${list.map(([name]) => name).join(', ')})
SELECT ${list.map(([name, expression]) => `${expression} AS \`${name}\``).join(',\n  ')}
FROM (${usageRows(dice, texts)})`;
}

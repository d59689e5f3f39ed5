import type { Dice } from './dice.ts';
import { languages, questionsPerLanguage, sentencesPerLanguage } from './languages.ts';
import { textArrayLiteral } from './literals.ts';
import { type ContentKind, contentKinds } from './trace-shapes.ts';

const insideJson = (text: string): string => JSON.stringify(text).slice(1, -1);

const questions = languages.flatMap((language) => language.questions);
const sentences = languages.flatMap((language) => language.sentences);
const systemPrompts = [
  'You are a friendly assistant of an online shop. Answer in the language of the customer.',
  'Answer only from the context. If it is not there, say "I do not know".',
  'You are a careful reviewer.\nName file and line. Be brief.',
];

/** The SQL condition that the content of a span is one of the kinds. */
const isKind = (...kinds: ContentKind[]): string =>
  `kind IN (${kinds.map((kind) => contentKinds.indexOf(kind)).join(',')})`;

/** A length that is mostly 1 and now and then some dozens (Pareto), cut at a limit. */
const longTail = (unit: string, exponent: number, limit: number): string =>
  `least(${limit}, toUInt32(pow(greatest(${unit}, 0.000001), -${exponent})))`;

const concat = (...parts: string[]): string => `concat(${parts.join(', ')})`;

/**
 * Adds `inputText`, `outputText`, `toolset` (index, 0 = none), `toolCallName` and `toolCall` to the rows of `spanRows`.
 * The same trace keeps its question; `version` changes the answer.
 */
export function textRows(dice: Dice, spans: string, version: number): string {
  const sentenceAt = (plain: string, hash: string): string =>
    `${textArrayLiteral([...sentences.map(insideJson), ...sentences])}[${plain} * ${sentences.length} + language * ${sentencesPerLanguage} + ${hash} % ${sentencesPerLanguage} + 1]`;
  const questionIndex = `language * ${questionsPerLanguage} + ${dice.below(questionsPerLanguage, 'question', 'trace')} + 1`;

  const drawn = `SELECT *,
    ${dice.hash(`answer ${version}`, 'n')} AS answerHash,
    ${isKind('chat')} AND answerHash % 5 < 2 AS plainAnswer,
    if(${isKind('question', 'chat', 'documents')} AND spanLevel != 'ERROR', ${longTail(dice.unit(`answer length ${version}`, 'n'), 0.5, 40)}, 0) AS answerLength,
    if(${isKind('chat', 'plan')}, ${longTail(dice.unit('context length', 'n'), 0.55, 80)} - 1, 0) AS contextLength,
    ${concat(`${textArrayLiteral(questions.map(insideJson))}[${questionIndex}]`, "' (#'", 'reference', "')'")} AS question,
    ${sentenceAt('0', dice.hash('sentence', 'n'))} AS sentence,
    if(${isKind('plan')}, ${dice.below(3, 'toolset', 'n')} + 1, 0) AS toolset,
    ['', 'lookup_order', 'web_search', 'read_file'][toolset + 1] AS toolCallName
  FROM (${spans})`;

  const written = `SELECT *,
    arrayStringConcat(arrayMap(i -> ${sentenceAt('plainAnswer', 'intHash64(answerHash + i)')}, range(answerLength)), ' ') AS answer,
    if(contextLength > 0, ${concat("'\\\\n\\\\nContext:'", "repeat(concat('\\\\n', sentence), contextLength)")}, '') AS context,
    concat('{"id":"call_', substring(spanId, 1, 12), '","type":"function","name":"', toolCallName,
      '","arguments":"{\\\\"query\\\\":\\\\"#', reference, '\\\\"}"}') AS toolCall
  FROM (${drawn})`;

  const message = (role: string, content: string): string[] => [`'{"role":"${role}","content":"'`, content, `'"}'`];
  const system = dice.pick(textArrayLiteral(systemPrompts.map(insideJson)), systemPrompts.length, 'system', 'trace');
  const input = `multiIf(
      ${isKind('none', 'note')}, '',
      ${isKind('question')}, ${concat(`'{"question":"'`, 'question', `'"}'`)},
      ${isKind('chat', 'plan')}, ${concat("'['", ...message('system', system), "','", ...message('user', 'concat(question, context)'), "']'")},
      ${isKind('tool')}, ${concat(`'{"query":"#'`, 'reference', `'"}'`)},
      ${isKind('verdict')}, ${concat(`'{"answer":"'`, 'sentence', `'"}'`)},
      ${concat(`${textArrayLiteral(questions)}[${questionIndex}]`, "' (#'", 'reference', "')'")})`;
  const output = `multiIf(
      spanLevel = 'ERROR' OR ${isKind('none', 'vector')}, '',
      ${isKind('question')}, ${concat(`'{"answer":"'`, 'answer', `'"}'`)},
      plainAnswer, answer,
      ${isKind('chat')}, ${concat(...message('assistant', 'answer'))},
      ${isKind('plan')}, ${concat(`'{"role":"assistant","content":null,"tool_calls":['`, 'toolCall', "']}'")},
      ${isKind('tool')}, ${concat(`'{"status":"ok","found":'`, 'toString(answerHash % 20)', `'}'`)},
      ${isKind('documents')}, ${concat(`'[{"id":"doc-'`, 'toString(answerHash % 900)', `'","score":0.'`, 'toString(answerHash % 89 + 10)', `',"text":"'`, 'answer', `'"}]'`)},
      ${isKind('verdict')}, ${concat(`'{"pass":'`, "if(answerHash % 10 > 0, 'true', 'false')", `',"score":0.'`, 'toString(answerHash % 89 + 10)', "'}'")},
      '{"stored":true}')`;
  return `SELECT * EXCEPT (answer, context, question, sentence), ${input} AS inputText, ${output} AS outputText
  FROM (${written})`;
}

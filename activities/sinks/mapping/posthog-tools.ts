/** Tools and parameters of a model, as PostHog's LLM views show them. */
import { cutToJsonBytes } from './cut-text.ts';
import { member, parseJsonText } from './json-text.ts';

/** Bytes of definitions beyond which only names are sent; the LLM views list tools, they do not call them. */
const DEFINITIONS_BYTES = 60_000;
const NAME_BYTES = 200;

/**
 * `$ai_tools`: as OpenAI's API has them. Langfuse stores definitions by name, without the name.
 * @param structured false: names only
 */
export function toolsOf(definitions: Record<string, string> | undefined, structured: boolean): unknown[] | undefined {
  if (definitions === undefined) return undefined;
  const entries = Object.entries(definitions);
  if (entries.length === 0) return undefined;
  let bytes = 0;
  for (const [name, text] of entries) bytes += 3 * (name.length + text.length);
  const whole = structured && bytes <= DEFINITIONS_BYTES;
  return entries.map(([name, text]) => toolOf(name, whole ? parseJsonText(text) : undefined));
}

function toolOf(name: string, definition: object | undefined): unknown {
  if (member(definition, 'function') !== undefined) return definition;
  const known = definition === undefined || Array.isArray(definition) ? {} : definition;
  return { type: 'function', function: { ...known, name: cutToJsonBytes(name, NAME_BYTES) } };
}

/** Parsed, numbers such as 1e99 may become longer than their text. */
const PARAMETERS_BYTES = 20_000;

/** `$ai_model_parameters`: the object, or the text when it is none or too long for one. */
export function modelParametersOf(text: string | null | undefined, structured: boolean): unknown {
  if (!text) return undefined;
  return (structured && text.length <= PARAMETERS_BYTES ? parseJsonText(text) : undefined) ?? text;
}

/** Names under which frameworks note the provider, in the order in which they are asked. */
const PROVIDER_NAMES = [
  'ls_provider',
  'gen_ai.provider.name',
  'attributes.gen_ai.provider.name',
  'gen_ai.system',
  'attributes.gen_ai.system',
] as const;

/** `$ai_provider`, such as `openai`. The tables have no column for it: frameworks note it in the metadata, if at all. */
export function providerOf(metadata: Record<string, string> | undefined): string | undefined {
  if (metadata === undefined) return undefined;
  for (const name of PROVIDER_NAMES) {
    const provider = metadata[name];
    if (provider) return provider;
  }
  return undefined;
}

/** Input and output as PostHog's LLM views show them. */
import type { IoText } from './io-text.ts';
import { member, parseJsonText } from './json-text.ts';

type Role = 'user' | 'assistant';

const hasRole = (value: unknown): boolean => typeof member(value, 'role') === 'string';

/** The messages in a value from JSON: a list of them, an object that holds one as providers' requests and answers do, or a single one. */
function messagesIn(value: object): unknown[] | undefined {
  if (Array.isArray(value)) return value.length > 0 && value.every(hasRole) ? value : undefined;
  if (hasRole(value)) return [value];
  const messages: unknown = member(value, 'messages');
  if (Array.isArray(messages)) return messagesIn(messages);
  const choices: unknown = member(value, 'choices');
  return Array.isArray(choices) ? messagesIn(choices.map((choice: unknown) => member(choice, 'message'))) : undefined;
}

/** `$ai_input`, `$ai_output_choices`: messages with role and content. Text that holds none becomes the content of one. */
export function messagesOf(io: IoText | undefined, role: Role, structured: boolean): unknown[] | undefined {
  if (io === undefined) return undefined;
  const parsed = structured && io.whole ? parseJsonText(io.text) : undefined;
  return (parsed && messagesIn(parsed)) ?? [{ role, content: io.text }];
}

/** `$ai_input_state`, `$ai_output_state`, and what goes into an embedding: the object or list, or the text when it is none. */
export function stateOf(io: IoText | undefined, structured: boolean): unknown {
  if (io === undefined) return undefined;
  return (structured && io.whole ? parseJsonText(io.text) : undefined) ?? io.text;
}

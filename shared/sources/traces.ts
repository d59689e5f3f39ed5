import { columnsOf, same } from './columns.ts';
import type { SourceDefinition } from './definition.ts';
import { nullableText, plain, text, textMap, texts } from './expressions.ts';
import { dayKey, eventMicrosOf, KEY_DAY, LENGTHS, metadataValue, orEmpty } from './legacy.ts';

/** Rows of the legacy table `traces`. Names and order never change; new columns go to the end of a group. */
export const tracesSource: SourceDefinition = {
  name: 'traces',
  columns: columnsOf({
    core: { ...same(text, 'id'), ...same(plain, 'timestamp'), ...same(text, 'project_id'), ...same(plain, 'event_ts') },
    basic: {
      ...same(text, 'name'),
      ...same(nullableText, 'version', 'environment'),
      ...same(plain, 'bookmarked', 'public'),
      ...same(nullableText, 'user_id', 'session_id'),
    },
    time: same(plain, 'created_at', 'updated_at'),
    io: same(text, 'input', 'output'),
    metadata: same(textMap, 'metadata'),
    trace_context: { ...same(texts, 'tags'), ...same(nullableText, 'release') },
  }),
  fullOnlyGroups: ['io', 'metadata'],
  key: dayKey('traces', 'timestamp', [KEY_DAY, 'id']),
  filters: {
    columns: {
      id: 'e.id',
      traceId: 'e.id',
      startTime: eventMicrosOf('timestamp'),
      name: 'e.name',
      traceName: 'e.name',
      environment: 'e.environment',
      version: orEmpty('version'),
      release: orEmpty('release'),
      userId: orEmpty('user_id'),
      sessionId: orEmpty('session_id'),
      input: orEmpty('input'),
      output: orEmpty('output'),
      hasInput: `${orEmpty('input')} != ''`,
      hasOutput: `${orEmpty('output')} != ''`,
      traceTags: 'e.tags',
      bookmarked: 'e.bookmarked',
      public: 'e.public',
    },
    metadataValue,
    searched: {
      id: ['e.id', 'e.name', orEmpty('user_id'), orEmpty('session_id')],
      content: [orEmpty('input'), orEmpty('output')],
    },
    ties: ['e.timestamp', 'e.id'],
  },
  lengths: LENGTHS,
  rowBytes: { full: 'toUInt64(4096)', core: 'toUInt64(512)' },
};

import { setTimeout as sleep } from 'node:timers/promises';
import type { SearchAttributeType } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { NativeConnection } from '@temporalio/worker';
import { SEARCH_ATTRIBUTE_TYPES, SEARCH_ATTRIBUTES } from '../shared/search-attributes.ts';

const { IndexedValueType } = proto.temporal.api.enums.v1;

/** The search attributes are not there and cannot be made; the message holds the commands for an operator. */
export class SearchAttributeError extends Error {
  override name = 'SearchAttributeError';
}

const VALUES: Record<SearchAttributeType, number> = {
  TEXT: IndexedValueType.INDEXED_VALUE_TYPE_TEXT,
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  INT: IndexedValueType.INDEXED_VALUE_TYPE_INT,
  DOUBLE: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
  BOOL: IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
  DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
  KEYWORD_LIST: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
};

/** gRPC status codes. */
const ALREADY_EXISTS = 6;

type Connection = Pick<NativeConnection, 'operatorService'>;

/**
 * Registers the search attributes of this application and waits until the server lists them: a workflow that starts with an unknown
 * one fails. On real clusters that takes some seconds.
 *
 * @throws SearchAttributeError when we may not register them (Temporal Cloud, restricted namespaces), or one has another type
 */
export async function registerSearchAttributes(
  connection: Connection,
  namespace: string,
  patienceMs = 60_000,
): Promise<void> {
  const missing = await missingAttributes(connection, namespace);
  if (missing.length === 0) return;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(({ name, type }) => [name, VALUES[type]])),
    });
  } catch (error) {
    // Another worker that starts at the same time was faster.
    if (codeOf(error) !== ALREADY_EXISTS) throw notAllowed(namespace, missing, error);
  }
  for (const deadline = Date.now() + patienceMs; ; await sleep(200)) {
    const hidden = await missingAttributes(connection, namespace);
    if (hidden.length === 0) return;
    if (Date.now() > deadline) throw notAllowed(namespace, hidden, undefined);
  }
}

type Attribute = (typeof SEARCH_ATTRIBUTES)[number];

async function missingAttributes({ operatorService }: Connection, namespace: string): Promise<Attribute[]> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  return SEARCH_ATTRIBUTES.filter(({ name, type }) => {
    const present = customAttributes[name];
    if (present === undefined) return true;
    if (present === VALUES[type]) return false;
    throw new SearchAttributeError(
      `The search attribute ${name} exists in the namespace "${namespace}" with another type than ${SEARCH_ATTRIBUTE_TYPES[type]}. Remove or rename it there.`,
    );
  });
}

function notAllowed(namespace: string, attributes: readonly Attribute[], cause: unknown): SearchAttributeError {
  const commands = attributes.map(
    ({ name, type }) =>
      `  temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${SEARCH_ATTRIBUTE_TYPES[type]}`,
  );
  return new SearchAttributeError(
    [
      `Temporal did not let this worker register its search attributes in "${namespace}". An operator can do it once (on Temporal Cloud: in the namespace's settings, or with tcld namespace search-attributes add):`,
      ...commands,
    ].join('\n'),
    { cause },
  );
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

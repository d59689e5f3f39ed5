import type { RejectedPage } from '../shared/rejected.ts';
import { small } from './activity-options.ts';
import type { ListRejectedInput } from './messages.ts';

/** Reads one page of the rows that an event sink refused: a client reaches ClickHouse in no other way. */
export async function listRejected(input: ListRejectedInput): Promise<RejectedPage> {
  return small({ attempts: 3 }).listRejected(input);
}

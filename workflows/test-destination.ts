import type { ProbeStep } from '../shared/activities.ts';
import { small } from './activity-options.ts';
import type { TestDestinationInput } from './messages.ts';

/** Tries a configuration that is not saved: what an export needs is done once, reported step by step, and nothing is left behind. */
export async function testDestination(input: TestDestinationInput): Promise<ProbeStep[]> {
  return small({ attempts: 1, startToClose: '2 minutes' }).testDestination(input);
}

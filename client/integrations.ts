import type { ConfigureResult, QueuedResult, SyncResult } from '../workflows/messages.ts';
import type { Context } from './context.ts';
import * as changes from './integrations/changes.ts';
import { createIntegration } from './integrations/create.ts';
import { deleteIntegration } from './integrations/delete.ts';
import { getIntegration } from './integrations/get.ts';
import { listIntegrations } from './integrations/list.ts';
import { listRejectedRows, rejectedRowsCsv } from './integrations/rejected.ts';
import { runDestinationTest } from './integrations/test-destination.ts';
import type * as types from './integrations/types.ts';
import { updateIntegration } from './integrations/update.ts';

/**
 * Scheduled exports. Every function may throw `Unavailable`; those that name an integration `NotFound` (never made, deleted, or another
 * project's); those that change one also `InvalidConfig` (what was given), `Refused` (the integration's own reason) and `NoWorker`.
 * Rights are the caller's business: whoever holds the client may do everything in every project.
 */
export interface Integrations {
  /**
   * Makes an integration, or reconfigures the one of that id if it exists: calling it twice, or twenty times at once, leaves one.
   * (Each call seals the secret anew, so a repeated call counts as a change: running periods are done again. `update` with a blank
   * secret does not.) One that was deleted goes on from its checkpoint unless `fresh`. The secret must be given.
   *
   * Without a worker it does not hang: after `timeouts.answer` it returns `{ saved: true, workerRunning: false }`; if the integration
   * existed already, nothing is known to be saved, and it throws `NoWorker`.
   */
  create(input: types.CreateInput): Promise<types.CreateResult>;

  /**
   * Replaces the whole configuration; a secret of `''` keeps the stored one, unless endpoint, region or access key changed
   * (`Refused`). When bucket, prefix or endpoint change, `history` must say what of the past goes to the new place (`Refused`).
   * Running periods of a replaced destination are cancelled and done again; `queued` names changes that wait for running periods.
   */
  update(input: types.UpdateInput): Promise<ConfigureResult>;

  /**
   * Everything about one integration, secrets blank. When no worker answers within `timeouts.query`, what Temporal stores:
   * `workerRunning: false` and no `state`.
   */
  get(id: types.IntegrationId): Promise<types.IntegrationDetails>;

  /**
   * A page of a project's integrations, from Temporal's index, without asking each; needs no worker. The index is about a second
   * behind, and its order changes while integrations work: sort what is shown. @throws InvalidConfig for ids or numbers out of range
   */
  list(input: types.ListInput): Promise<types.IntegrationPage>;

  /** Stops exporting until `resume`; what is running is cancelled and done again later. */
  pause(input: types.PauseInput): Promise<void>;

  /** Goes on after a pause; a blocked integration tries again at once. */
  resume(input: types.IntegrationId & types.Asking): Promise<void>;

  /** Tries failed periods again now, and says when the next period closes. `Refused` while paused. */
  syncNow(input: types.IntegrationId & types.Asking): Promise<SyncResult>;

  /** Exports everything from an instant on again, as a new revision. `Refused` for the future, or before the first export. */
  rewind(input: types.RewindInput): Promise<QueuedResult>;

  /** Exports the periods of `[from, to)` again, as a new revision; what comes next is not touched. */
  reexport(input: types.ReexportInput): Promise<QueuedResult>;

  /** Gives up a failed period for good. `Refused` for one that has not failed, with those that have. */
  skip(input: types.SkipInput): Promise<QueuedResult>;

  /**
   * A page of the rows that PostHog or Mixpanel refused, or that cannot be made acceptable to them, with the reason; never their content.
   * Kept for 90 days. Needs a worker, because it reads ClickHouse.
   */
  rejected(input: types.RejectedInput): Promise<types.RejectedListPage>;

  /** The same as CSV, piece by piece, header first: for a download. */
  rejectedCsv(input: Omit<types.RejectedInput, 'pageSize' | 'pageToken'>): AsyncIterable<string>;

  /**
   * Sends rejected rows again: read anew from ClickHouse, mapped with the present configuration. What is accepted leaves the list; how it
   * ended stands in `state.lastReplay`. `Refused` for destinations that take files.
   */
  replayRejected(input: types.ReplayInput): Promise<QueuedResult>;

  /**
   * Ends an integration; what it exported stays. Waits up to `timeouts.close` until running work has stopped; after that the
   * deletion goes on by itself.
   */
  delete(input: types.IntegrationId & types.Asking): Promise<types.DeleteResult>;

  /**
   * Does with an unsaved configuration once what an export needs, reports each step and leaves nothing behind. A step that fails is a
   * result, not an error. The secret must be given, for an existing integration too: `InvalidConfig` otherwise. Up to `timeouts.test`.
   */
  testDestination(input: types.TestDestinationInput): Promise<types.TestDestinationResult>;
}

export function createIntegrations(context: Context): Integrations {
  return {
    create: (input) => createIntegration(context, input),
    update: (input) => updateIntegration(context, input),
    get: (id) => getIntegration(context, id),
    list: (input) => listIntegrations(context, input),
    pause: (input) => changes.pause(context, input),
    resume: (input) => changes.resume(context, input),
    syncNow: (input) => changes.syncNow(context, input),
    rewind: (input) => changes.rewind(context, input),
    reexport: (input) => changes.reexport(context, input),
    skip: (input) => changes.skip(context, input),
    rejected: (input) => listRejectedRows(context, input),
    rejectedCsv: (input) => rejectedRowsCsv(context, input),
    replayRejected: (input) => changes.replayRejected(context, input),
    delete: (input) => deleteIntegration(context, input),
    testDestination: (input) => runDestinationTest(context, input),
  };
}

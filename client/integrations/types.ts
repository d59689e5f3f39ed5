/** What the integrations' functions take and return. Instants come back as ISO text in UTC. */
import type { ProbeStep } from '../../shared/activities.ts';
import type { DestinationKind } from '../../shared/config/destination.ts';
import type { IntegrationInput } from '../../shared/config/integration.ts';
import type { Status } from '../../shared/integration-state.ts';
import type { IntegrationView } from '../../shared/integration-view.ts';
import type { RejectedEntry } from '../../shared/rejected.ts';
import type { ConfigureResult } from '../../workflows/messages.ts';
import type { Instant } from '../validate.ts';

/** Which integration. Ids: 1 to 64 letters, digits, "_" and "-". */
export interface IntegrationId {
  /** From the verified claims of the caller, never from a form: it is what keeps projects apart. */
  projectId: string;
  integrationId: string;
}

/** Who asks: a user id or an e-mail address, 1 to 200 characters; stands in the audit log. */
export interface Asking {
  actor: string;
}

/** `continue`: only what is new goes to the new place. `restart`: everything goes there. */
export type HistoryChoice = 'continue' | 'restart';

export interface CreateInput extends Asking {
  projectId: string;
  /** Default: a new UUID. Choose it yourself to make repeated calls harmless. */
  integrationId?: string | undefined;
  /** As filled in, secrets in plain text: they are sealed before anything is sent. */
  config: IntegrationInput;
  /** Only if the integration exists already: see `update`. */
  history?: HistoryChoice | undefined;
  /** True: forget the checkpoint of an earlier integration of this id and export everything anew. Default false: go on from it. */
  fresh?: boolean | undefined;
}

export type CreateResult = { integrationId: string; workflowId: string; saved: true } & (
  | ({
      workerRunning: true;
      /** False: there was one already, and it was reconfigured. */
      created: boolean;
    } & ConfigureResult)
  | {
      /** Stored in Temporal; it begins as soon as a worker runs. */
      workerRunning: false;
      created: true;
      /** For people: what is missing. */
      notice: string;
    }
);

export interface UpdateInput extends IntegrationId, Asking {
  /** The whole configuration; fields that are left out take their defaults. A secret of `''` keeps the stored one. */
  config: IntegrationInput;
  /** Needed when bucket, prefix or endpoint change. */
  history?: HistoryChoice | undefined;
}

/** One line of a list: what Temporal knows without asking the workflow. */
export interface IntegrationSummary extends IntegrationId {
  name: string;
  /** Kind of destination. */
  destination: string;
  frequency: string;
  /** In lists `active` stands for `running` too. `unknown`: written by another version. */
  status: Status | 'unknown';
  /** "Data exported up to", as of the last finished cycle; absent before the first. */
  exportedUpTo?: string;
  createdBy: string;
  createdAt: string;
  /** For links into the Temporal UI. */
  workflowId: string;
  runId: string;
}

export type IntegrationDetails = IntegrationSummary &
  (
    | { workerRunning: true; state: IntegrationView }
    | {
        workerRunning: false;
        /** For people: why there is only the summary. */
        notice: string;
      }
  );

export interface ListInput {
  projectId: string;
  /** `active` finds running ones too. */
  status?: Exclude<Status, 'running' | 'stopping'> | undefined;
  /** Kind of destination. */
  destination?: DestinationKind | undefined;
  /** 1 to 1,000; default 100. */
  pageSize?: number | undefined;
  /** `nextPageToken` of the page before. */
  pageToken?: string | undefined;
}

export interface IntegrationPage {
  integrations: IntegrationSummary[];
  /** Absent on the last page. */
  nextPageToken?: string;
}

export interface PauseInput extends IntegrationId, Asking {
  /** 1 to 1,000 characters; shown with the status. */
  reason: string;
}

export interface RewindInput extends IntegrationId, Asking {
  /** Everything from this instant on is exported again. */
  to: Instant;
}

export interface ReexportInput extends IntegrationId, Asking {
  from: Instant;
  to: Instant;
}

export interface SkipInput extends IntegrationId, Asking {
  /** Start of the failed period, as `state.holes` tells it. */
  period: Instant;
  /** Needed only when two axes have a failed period of the same start. */
  axis?: 'event' | 'updated' | undefined;
  reason: string;
}

export interface ReplayInput extends IntegrationId, Asking {
  /** Only rows that were refused for this. Default: all. */
  reason?: string | undefined;
}

export interface RejectedInput extends IntegrationId {
  /** Only rows that were refused for this. */
  reason?: string | undefined;
  /** 1 to 1,000; default 100. */
  pageSize?: number | undefined;
  /** `nextPageToken` of the page before. */
  pageToken?: string | undefined;
}

export interface RejectedListPage {
  /** Oldest period first. */
  entries: RejectedEntry[];
  /** Absent on the last page. */
  nextPageToken?: string;
}

export type DeleteResult =
  | { deleted: true }
  | {
      /** The deletion is on its way and needs no second call; it ends when running work has stopped. */
      deleted: false;
      notice: string;
    };

export interface TestDestinationInput {
  projectId: string;
  /** The integration that is being edited, if there is one. */
  integrationId?: string | undefined;
  /** The unsaved form. Its secret must be given: the stored one never comes back, so a test cannot use it. */
  config: IntegrationInput;
}

/** Steps in the order in which they were done; the first that failed is the last. */
export type TestDestinationResult = ProbeStep[];

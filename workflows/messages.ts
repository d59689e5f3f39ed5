/** The messages that workflows understand. Clients import this file; it pulls no workflow code with it. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Activities, Job, PeriodResult, ProbeStep, Window } from '../shared/activities.ts';
import type { BatchExportJob, BatchExportState } from '../shared/batch-export.ts';
import type { IntegrationConfig } from '../shared/config/integration.ts';
import type { IntegrationView } from '../shared/integration-view.ts';

/** Who asks; stands in the audit log. */
export interface Asked {
  actor: string;
}

export interface ConfigureInput extends Asked {
  /** Secrets sealed; an empty secret keeps the stored one. */
  config: IntegrationConfig;
  /** Needed when the place changes: `continue` exports only what is new to the new place, `restart` everything. */
  history?: 'continue' | 'restart';
}

export interface ConfigureResult {
  changed: boolean;
  configVersion: number;
  /** Cursor changes wait until what is running has ended. */
  queued: string[];
}

/** An accepted change of cursors; it takes effect when what is running has ended. */
export interface QueuedResult {
  queued: true;
  message: string;
}

export interface SyncResult {
  /** Failed periods that are tried again now. */
  retried: number;
  /** When the next live period closes and will be exported. ISO. */
  nextPeriodAt?: string;
}

export const configure = defineUpdate<ConfigureResult, [ConfigureInput]>('configure');
export const pause = defineUpdate<void, [Asked & { reason: string }]>('pause');
export const resume = defineUpdate<void, [Asked]>('resume');
export const syncNow = defineUpdate<SyncResult, [Asked]>('syncNow');
/** Instants are ISO text, UTC. */
export const rewind = defineUpdate<QueuedResult, [Asked & { to: string }]>('rewind');
export const reexport = defineUpdate<QueuedResult, [Asked & { from: string; to: string }]>('reexport');
export const skip = defineUpdate<
  QueuedResult,
  [Asked & { period: string; axis?: 'event' | 'updated'; reason: string }]
>('skip');
/** Event sinks only: sends rows again that were refused; `reason`: only those refused for it. */
export const replayRejected = defineUpdate<QueuedResult, [Asked & { reason?: string }]>('replayRejected');
export const state = defineQuery<IntegrationView>('state');

/** Start argument of `integration`. */
export interface IntegrationInput {
  projectId: string;
  integrationId: string;
  config: IntegrationConfig;
  actor: string;
  /** For a start that goes on from a checkpoint, at another place: default `restart`. */
  history?: 'continue' | 'restart';
  /** Begin anew although a checkpoint exists. */
  fresh?: boolean;
  /** Only when it continues as new. */
  state?: unknown;
}

export interface ExportPeriodInput {
  job: Job;
  window: Window;
  /** From the planning query. */
  expectedRows: number;
  targetPartBytes: number;
  /** Part names that a failed attempt may have left. */
  leftover: string[];
  /** 3 live, 4 the rest. */
  priority: number;
}

export type ExportPeriodResult = PeriodResult;

export interface TestDestinationInput {
  projectId: string;
  integrationId: string;
  config: IntegrationConfig;
}

export type TestDestinationResult = ProbeStep[];

/** Start argument of `listRejected`. */
export type ListRejectedInput = Parameters<Activities['listRejected']>[0];

/** Start argument of `batchExport`. */
export interface BatchExportInput {
  job: BatchExportJob;
  /** Hours that the finished file is kept. */
  keepHours: number;
}

export const batchExportState = defineQuery<BatchExportState>('batchExportState');
/** Ends the life of a finished file early; answers when it is gone. */
export const removeFile = defineUpdate<void, [Asked]>('removeFile');

import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation } from '@temporalio/client';
import { type SearchAttributePair, WorkflowIdConflictPolicy } from '@temporalio/common';
import { z } from 'zod';
import { describeDestination } from '../../shared/config/destination.ts';
import type { IntegrationConfig } from '../../shared/config/integration.ts';
import { integrationWorkflowId } from '../../shared/names.ts';
import { exportDestination, exportProject, exportStatus } from '../../shared/search-attributes.ts';
import type { integration } from '../../workflows/integration.ts';
import * as messages from '../../workflows/messages.ts';
import { call, noWorker, noWorkerNotice } from '../call.ts';
import type { Context } from '../context.ts';
import { sealSecrets } from '../seal-secrets.ts';
import { staticSummary } from '../static-summary.ts';
import { actorSchema, idSchema, parseWithConfig } from '../validate.ts';
import { aboutOf } from './about.ts';
import { describe } from './describe.ts';
import { memoOf } from './summary.ts';
import type { CreateInput, CreateResult, IntegrationId } from './types.ts';

const shape = {
  projectId: idSchema,
  integrationId: idSchema.optional(),
  actor: actorSchema,
  history: z.enum(['continue', 'restart']).optional(),
  fresh: z.boolean().optional(),
};

/** See `Integrations.create`. */
export async function createIntegration(context: Context, input: CreateInput): Promise<CreateResult> {
  const required = 'enter the secret; only update keeps a stored one';
  const { config: plain, rest } = parseWithConfig(shape, input, { required });
  const { projectId, integrationId = randomUUID(), actor, history, fresh } = rest;
  const id = { projectId, integrationId };
  const config = sealSecrets(plain, context.sealer, id);
  const about = aboutOf(id);
  const request = randomUUID();
  const startWorkflowOperation = new WithStartWorkflowOperation<typeof integration>('integration', {
    ...startOptions(context, id, config),
    memo: { ...memoOf(config, { actor, request }) },
    // With the configuration, so that even a start whose update nobody answers is complete.
    args: [{ ...id, config, actor, ...(fresh ? { fresh } : {}), ...(history === undefined ? {} : { history }) }],
  });
  const saved = { integrationId, workflowId: integrationWorkflowId(id), saved: true } as const;
  const isOurs = async () => (await describe(context, id)).request === request;
  const late = async (): Promise<CreateResult> => {
    if (!(await isOurs())) throw noWorker(context, `${about} exists and was not changed, as far as is known.`);
    const notice = `Saved; it begins as soon as a worker runs. ${noWorkerNotice(context, context.timeouts.answer)}`;
    return { ...saved, workerRunning: false, created: true, notice };
  };
  return await call<CreateResult>(context, { about, timeout: context.timeouts.answer, late }, async () => {
    const result = await context.client.workflow.executeUpdateWithStart(messages.configure, {
      startWorkflowOperation,
      args: [{ config, actor, ...(history === undefined ? {} : { history }) }],
    });
    return { ...saved, workerRunning: true, created: await isOurs(), ...result };
  });
}

function startOptions({ taskQueue }: Context, id: IntegrationId, config: IntegrationConfig) {
  const typedSearchAttributes: SearchAttributePair[] = [
    { key: exportProject, value: id.projectId },
    { key: exportDestination, value: config.destination.kind },
    { key: exportStatus, value: config.enabled ? 'active' : 'paused' },
  ];
  return {
    workflowId: integrationWorkflowId(id),
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    taskQueue,
    // As live periods; the fairness key keeps one big project from starving the others.
    priority: { priorityKey: 3, fairnessKey: id.projectId },
    typedSearchAttributes,
    staticSummary: summaryLine(config),
  };
}

/** The line of an integration in the Temporal UI. */
export function summaryLine(config: IntegrationConfig): string {
  const { destination, frequency, name } = config;
  return staticSummary(`${frequency} to ${describeDestination(destination)}: ${name}`);
}

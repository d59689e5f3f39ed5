import { type IntegrationConfig, type IntegrationInput, type IntegrationView, NotFound } from '../../client/index.ts';
import type { DemoExports } from '../../dev/demo/integration.ts';
import { changeConfig } from '../../shared/config/change.ts';
import { integrationInputSchema } from '../../shared/config/integration.ts';
import { initialState } from '../../shared/integration-state.ts';
import { viewOf } from '../../shared/integration-view.ts';
import { Schedule } from '../../shared/schedule.ts';

export interface DemoCall {
  verb: 'create' | 'update';
  id: string;
  config: IntegrationInput;
  history: string | undefined;
}

/** The client over integrations in memory, which take changes as real ones do and export nothing. */
export function createDemoExports() {
  const stored = new Map<string, IntegrationConfig>();
  const overrides = new Map<string, Partial<IntegrationView>>();
  const calls: DemoCall[] = [];

  const exports: DemoExports = {
    integrations: {
      async get({ projectId, integrationId }) {
        const config = stored.get(integrationId);
        if (config === undefined) throw new NotFound(`There is no ${integrationId}`);
        const state = viewAt({ projectId, integrationId }, config, overrides.get(integrationId));
        return {
          ...{ projectId, integrationId, name: config.name, destination: config.destination.kind },
          ...{ frequency: config.frequency, status: state.status, createdBy: 'nobody', createdAt: '' },
          ...{ workflowId: integrationId, runId: '1', workerRunning: true, state },
        };
      },
      async create({ integrationId = '', config, history }) {
        calls.push({ verb: 'create', id: integrationId, config, history });
        stored.set(integrationId, integrationInputSchema.parse(config));
        const made = {
          integrationId,
          workflowId: integrationId,
          saved: true,
          workerRunning: true,
          created: true,
        } as const;
        return { ...made, configVersion: 1, queued: [], changed: true };
      },
      async update({ integrationId, config, history }) {
        calls.push({ verb: 'update', id: integrationId, config, history });
        const before = stored.get(integrationId);
        if (before === undefined) throw new NotFound(`There is no ${integrationId}`);
        const change = changeConfig(before, integrationInputSchema.parse(config), history);
        if (typeof change === 'string') throw new Error(change);
        stored.set(integrationId, change.config);
        return { configVersion: 2, queued: [], changed: true };
      },
    },
  };
  return {
    exports,
    /** All changes that were asked for, in their order. */
    calls,
    /** From now on the view of an integration says this. */
    show: (integrationId: string, view: Partial<IntegrationView>) => overrides.set(integrationId, view),
  };
}

/** What an integration shows that has done nothing yet, but for what is said otherwise. */
export function viewAt(
  ids: { projectId: string; integrationId: string },
  config: IntegrationConfig,
  changes: Partial<IntegrationView> = {},
): IntegrationView {
  const schedule = new Schedule([], { settle: 0, jitter: 0 });
  return { ...viewOf(ids, initialState(config), schedule, Date.now()), ...changes };
}

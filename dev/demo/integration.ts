import { setTimeout as sleep } from 'node:timers/promises';
import { type IntegrationInput, type Integrations, type IntegrationView, NotFound } from '../../client/index.ts';
import { DEMO_PROJECT } from './sample.ts';

export const DEMO_INTEGRATION = 'everything';
export const DEMO_BUCKET = 'exports';
const ACTOR = 'npm start';

/** What the demo needs of the client. */
export interface DemoExports {
  readonly integrations: Pick<Integrations, 'get' | 'create' | 'update'>;
}

/** "Everything, full history, hourly, JSONL gzip, to the local bucket"; one that is there already goes on. */
export async function ensureIntegration(
  exports: DemoExports,
  s3: { url: string; region: string; accessKeyId: string; secretAccessKey: string },
): Promise<void> {
  await ensure(exports, DEMO_INTEGRATION, {
    name: 'Everything, hourly',
    frequency: 'hourly',
    format: 'jsonl',
    compression: 'gzip',
    destination: {
      kind: 's3',
      provider: 's3_compatible',
      bucket: DEMO_BUCKET,
      endpoint: s3.url,
      region: s3.region,
      forcePathStyle: true,
      credentials: { kind: 'static', accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
    },
  });
}

/**
 * Makes an integration. One that is there goes on as it is; only when the address of its destination has changed, because a port was
 * busy, it is told the new one, with its secrets, and that all history is there.
 * @returns whether it was made now
 */
export async function ensure(
  exports: DemoExports,
  integrationId: string,
  config: IntegrationInput,
): Promise<{ created: boolean }> {
  const id = { projectId: DEMO_PROJECT, integrationId };
  for (;;) {
    const present = await detailsOf(exports, integrationId);
    if (present === undefined) {
      const { created } = await exports.integrations.create({ ...id, actor: ACTOR, config });
      return { created };
    }
    if (present.workerRunning) {
      if (addressOf(present.state.config.destination) !== addressOf(config.destination)) {
        const { frequency, utcOffsetMinutes } = present.state.config;
        const moved = { ...config, frequency, utcOffsetMinutes };
        await exports.integrations.update({ ...id, actor: ACTOR, config: moved, history: 'continue' });
      }
      return { created: false };
    }
    await sleep(500);
  }
}

/** Gives an integration that has its history hourly periods from there on. */
export async function switchToHourly(
  exports: DemoExports,
  integrationId: string,
  config: IntegrationInput,
): Promise<void> {
  const view = await viewOf(exports, integrationId);
  if (view?.caughtUp !== true || view.config.frequency === 'hourly') return;
  const id = { projectId: DEMO_PROJECT, integrationId };
  await exports.integrations.update({ ...id, actor: ACTOR, config: { ...config, frequency: 'hourly' } });
}

/** Undefined when there is none, or no worker answers yet. */
export async function viewOf(exports: DemoExports, integrationId: string): Promise<IntegrationView | undefined> {
  const details = await detailsOf(exports, integrationId);
  return details?.workerRunning === true ? details.state : undefined;
}

async function detailsOf(exports: DemoExports, integrationId: string) {
  try {
    return await exports.integrations.get({ projectId: DEMO_PROJECT, integrationId });
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

/** What of a destination depends on a port of this machine. (The worker has Mixpanel's address from a variable.) */
function addressOf(destination: IntegrationInput['destination']): string | undefined {
  switch (destination.kind) {
    case 's3':
      return destination.endpoint;
    case 'posthog':
      return destination.host;
    case 'mixpanel':
      return undefined;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { IntegrationInput, IntegrationView } from '../client/index.ts';
import { PROJECT } from './data-sets.ts';
import { BENCH_BUCKET, type BenchWorld } from './world.ts';

const POLL_MS = 250;

export interface IntegrationRun {
  view: IntegrationView;
  /** From the call of `create` until the integration says that it is caught up. */
  seconds: number;
}

/** Creates an integration, to the bench's bucket unless it says otherwise, and waits until it has caught up. @throws what blocks it */
export async function runIntegration(
  { exports, stack }: BenchWorld,
  integrationId: string,
  config: Omit<IntegrationInput, 'name' | 'destination'> & Partial<Pick<IntegrationInput, 'destination'>>,
): Promise<IntegrationRun> {
  const { s3 } = stack;
  const id = { projectId: PROJECT, integrationId };
  const begun = performance.now();
  await exports.integrations.create({
    ...id,
    actor: 'npm run bench',
    config: {
      name: integrationId,
      destination: {
        kind: 's3',
        provider: 's3_compatible',
        bucket: BENCH_BUCKET,
        endpoint: s3.url,
        region: s3.region,
        forcePathStyle: true,
        credentials: { kind: 'static', accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
      },
      ...config,
    },
  });
  for (;;) {
    const details = await exports.integrations.get(id);
    const view = details.workerRunning ? details.state : undefined;
    if (view?.caughtUp) return { view, seconds: (performance.now() - begun) / 1000 };
    if (view?.blocked !== undefined) throw new Error(`${integrationId}: ${view.blocked.failure.message}`);
    await sleep(POLL_MS);
  }
}

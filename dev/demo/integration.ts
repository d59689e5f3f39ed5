import { type ExportsClient, type IntegrationInput, type IntegrationView, NotFound } from '../../client/index.ts';
import { DEMO_PROJECT } from './sample.ts';

export const DEMO_INTEGRATION = 'everything';
export const DEMO_BUCKET = 'exports';

const id = { projectId: DEMO_PROJECT, integrationId: DEMO_INTEGRATION };

/** "Everything, full history, hourly, JSONL gzip, to the local bucket"; one that is there already goes on. */
export async function ensureIntegration(
  exports: ExportsClient,
  s3: { url: string; region: string; accessKeyId: string; secretAccessKey: string },
): Promise<void> {
  const actor = 'npm start';
  const config: IntegrationInput = {
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
  };
  const present = await viewOf(exports);
  if (present === undefined) {
    await exports.integrations.create({ ...id, actor, config });
  } else if (present.config.destination.kind === 's3' && present.config.destination.endpoint !== s3.url) {
    // Its port was busy and has changed; the bucket is the same.
    await exports.integrations.update({ ...id, actor, config, history: 'continue' });
  }
}

/** Undefined when there is none, or no worker answers yet. */
export async function viewOf(exports: ExportsClient): Promise<IntegrationView | undefined> {
  try {
    const details = await exports.integrations.get(id);
    return details.workerRunning ? details.state : undefined;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

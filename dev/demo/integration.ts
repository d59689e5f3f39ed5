import {
  type ExportsClient,
  type HistoryChoice,
  type IntegrationInput,
  type IntegrationView,
  NotFound,
} from '../../client/index.ts';
import { DEMO_PROJECT } from './sample.ts';

export const DEMO_INTEGRATION = 'everything';
export const DEMO_BUCKET = 'exports';
const ACTOR = 'npm start';

/** "Everything, full history, hourly, JSONL gzip, to the local bucket"; one that is there already goes on. */
export async function ensureIntegration(
  exports: ExportsClient,
  s3: { url: string; region: string; accessKeyId: string; secretAccessKey: string },
): Promise<void> {
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
  // Only its port may have changed because it was busy; the bucket is the same.
  await ensure(exports, DEMO_INTEGRATION, config, ({ kind, ...place }) => 'endpoint' in place && place.endpoint !== s3.url);
}

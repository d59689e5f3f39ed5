import type { IntegrationConfig } from '../shared/config/integration.ts';
import type { SealContext, Sealer } from '../shared/sealed.ts';

/** A copy in which every secret is sealed for this integration: all that ever leaves this process. A blank one stays blank. */
export function sealSecrets(config: IntegrationConfig, sealer: Sealer, ids: SealContext): IntegrationConfig {
  const { destination } = config;
  const { credentials } = destination;
  if (credentials.kind !== 'static' || credentials.secretAccessKey === '') return config;
  const secretAccessKey = sealer.seal(credentials.secretAccessKey, ids);
  return { ...config, destination: { ...destination, credentials: { ...credentials, secretAccessKey } } };
}

import type { IntegrationConfig } from '../shared/config/integration.ts';
import { mapSecrets } from '../shared/config/secrets.ts';
import type { SealContext, Sealer } from '../shared/sealed.ts';

/** A copy in which every secret is sealed for this integration: all that ever leaves this process. A blank one stays blank. */
export function sealSecrets(config: IntegrationConfig, sealer: Sealer, ids: SealContext): IntegrationConfig {
  return mapSecrets(config, (secret) => (secret === '' ? '' : sealer.seal(secret, ids)));
}

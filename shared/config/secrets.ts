import type { Destination } from './destination.ts';
import type { IntegrationConfig } from './integration.ts';

/** Gets each secret, with its path, in which recipients stand by name so that it stays the same while the list changes. */
type ChangeSecret = (secret: string, name: string) => string;

/**
 * The one place that knows where a configuration holds secrets: sealing, hiding, keeping and comparing them all go through it.
 * @returns a copy
 */
export function mapSecrets(config: IntegrationConfig, change: ChangeSecret): IntegrationConfig {
  const recipients = config.recipients.map((recipient) =>
    recipient.kind === 'webhook'
      ? { ...recipient, url: change(recipient.url, `recipients.${recipient.name}.url`) }
      : recipient,
  );
  return { ...config, recipients, destination: mapDestination(config.destination, change) };
}

/** The names of all secrets of destinations begin with this. */
export const DESTINATION_SECRETS = 'destination.';

function mapDestination(destination: Destination, change: ChangeSecret): Destination {
  switch (destination.kind) {
    case 's3': {
      const { credentials } = destination;
      if (credentials.kind !== 'static') return destination;
      const secretAccessKey = change(credentials.secretAccessKey, 'destination.credentials.secretAccessKey');
      return { ...destination, credentials: { ...credentials, secretAccessKey } };
    }
    case 'posthog':
      return { ...destination, projectApiKey: change(destination.projectApiKey, 'destination.projectApiKey') };
    case 'mixpanel': {
      const { credentials } = destination;
      if (credentials.kind === 'project_token') {
        const token = change(credentials.token, 'destination.credentials.token');
        return { ...destination, credentials: { ...credentials, token } };
      }
      const secret = change(credentials.secret, 'destination.credentials.secret');
      return { ...destination, credentials: { ...credentials, secret } };
    }
  }
}

/** A copy in which every secret is ''. */
export function redact(config: IntegrationConfig): IntegrationConfig {
  return mapSecrets(config, () => '');
}

/** Every secret by its name. */
export function secretsOf(config: IntegrationConfig): Map<string, string> {
  const secrets = new Map<string, string>();
  mapSecrets(config, (secret, name) => {
    secrets.set(name, secret);
    return secret;
  });
  return secrets;
}

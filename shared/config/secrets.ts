import type { IntegrationConfig } from './integration.ts';

/**
 * The one place that knows where a configuration holds secrets: sealing, hiding, keeping and comparing them all go through it.
 * @param change gets each secret, with its path, in which recipients stand by name so that it stays the same while the list changes
 * @returns a copy
 */
export function mapSecrets(
  config: IntegrationConfig,
  change: (secret: string, name: string) => string,
): IntegrationConfig {
  const { destination } = config;
  const { credentials } = destination;
  const recipients = config.recipients.map((recipient) =>
    recipient.kind === 'webhook'
      ? { ...recipient, url: change(recipient.url, `recipients.${recipient.name}.url`) }
      : recipient,
  );
  if (credentials.kind !== 'static') return { ...config, recipients };
  const secretAccessKey = change(credentials.secretAccessKey, 'destination.credentials.secretAccessKey');
  return { ...config, recipients, destination: { ...destination, credentials: { ...credentials, secretAccessKey } } };
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

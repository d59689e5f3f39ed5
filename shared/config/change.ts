/** What a change of configuration means for a running integration. Pure; used by the workflow's validator and handler. */
import { isOtherPlace, needsSecretAgain } from './destination.ts';
import type { IntegrationConfig } from './integration.ts';
import { DESTINATION_SECRETS, mapSecrets, secretsOf } from './secrets.ts';

export interface ConfigChange {
  /** The new configuration, with kept secrets filled in. */
  config: IntegrationConfig;
  /** Running periods must not go on: they would write to, or with, what was replaced. */
  replacesDestination: boolean;
  /** The folder is another one: it has to be claimed. */
  moved: boolean;
  /** A secret was entered; its value may be the old one. */
  secretChanged: boolean;
  moves: Array<'regrid' | 'start' | 'restart'>;
}

/** @returns the change, or in words why it cannot be made */
export function changeConfig(
  before: IntegrationConfig,
  after: IntegrationConfig,
  history: 'continue' | 'restart' | undefined,
): ConfigChange | string {
  const a = before.destination;
  const b = after.destination;
  const blank = [...secretsOf(after)].find(([name, secret]) => name.startsWith(DESTINATION_SECRETS) && secret === '');
  if (blank !== undefined && needsSecretAgain(a, b)) {
    return `${blank[0]}: enter the secret again, because the endpoint, region or account changed`;
  }
  const stored = secretsOf(before);
  const config = mapSecrets(after, (secret, name) => secret || (stored.get(name) ?? ''));
  const missing = [...secretsOf(config)].find(([, secret]) => secret === '');
  if (missing !== undefined) return `${missing[0]}: there is no stored secret to keep; enter it`;
  const moved = isOtherPlace(a, b);
  if (moved && history === undefined) {
    return 'history: the destination is another place now; say "continue" (only what is new goes there) or "restart" (everything goes there)';
  }
  const moves: ConfigChange['moves'] = [];
  if (history === 'restart') moves.push('restart');
  else {
    if (isCutAnew(before, config)) moves.push('regrid');
    if (before.mode !== config.mode || before.startDate !== config.startDate) moves.push('start');
  }
  const replacesDestination = JSON.stringify(a) !== JSON.stringify(config.destination);
  return { config, replacesDestination, moved, secretChanged: changedSecrets(stored, config), moves };
}

function isCutAnew(before: IntegrationConfig, after: IntegrationConfig): boolean {
  return (
    before.frequency !== after.frequency ||
    before.utcOffsetMinutes !== after.utcOffsetMinutes ||
    before.tuning.sweepHours.join() !== after.tuning.sweepHours.join()
  );
}

function changedSecrets(stored: ReadonlyMap<string, string>, config: IntegrationConfig): boolean {
  return [...secretsOf(config)].some(([name, secret]) => stored.get(name) !== secret);
}

import { describe, expect, it } from 'vitest';
import { type ConfigChange, changeConfig } from '../../shared/config/change.ts';
import type { IntegrationConfig } from '../../shared/config/integration.ts';
import { secretsOf } from '../../shared/config/secrets.ts';
import { configOf, SEALED } from './worlds.ts';

const OTHER = `v1.0123abcd.${'B'.repeat(40)}`;
const ROLE = { kind: 'assume_role', roleArn: 'arn:aws:iam::123456789012:role/x' };
const STATIC = { kind: 'static', accessKeyId: 'key', secretAccessKey: SEALED };
const AWS = { kind: 's3', provider: 'aws', bucket: 'bucket', prefix: 'a/', credentials: STATIC };
const COMPATIBLE = { ...AWS, provider: 's3_compatible', endpoint: 'https://s3.example.com' };

const at = (destination: Record<string, unknown>, changes: Record<string, unknown> = {}) =>
  configOf({ ...changes, destination });
const withSecret = (
  destination: Record<string, unknown>,
  secretAccessKey: string,
  changes: Record<string, unknown> = {},
) => at({ ...destination, credentials: { ...STATIC, secretAccessKey }, ...changes });

function change(before: IntegrationConfig, after: IntegrationConfig, history?: 'continue' | 'restart'): ConfigChange {
  const result = changeConfig(before, after, history);
  if (typeof result === 'string') throw new Error(result);
  return result;
}

function secretOf({ config }: ConfigChange): string | undefined {
  return secretsOf(config).get('destination.credentials.secretAccessKey');
}

describe('an empty secret', () => {
  it('keeps the stored one, and replaces nothing', () => {
    const result = change(at(AWS), withSecret(AWS, ''));
    expect(secretOf(result)).toBe(SEALED);
    expect(result).toMatchObject({ replacesDestination: false, secretChanged: false, moves: [] });
  });

  it('keeps the stored one when bucket, prefix or encryption change', () => {
    for (const changes of [{ bucket: 'other' }, { prefix: 'b/' }, { serverSideEncryption: { kind: 'AES256' } }]) {
      const result = change(at(COMPATIBLE), withSecret(COMPATIBLE, '', changes), 'continue');
      expect(secretOf(result)).toBe(SEALED);
      expect(result.replacesDestination).toBe(true);
    }
  });

  it.each<[string, Record<string, unknown>, IntegrationConfig]>([
    ['another endpoint', COMPATIBLE, withSecret(COMPATIBLE, '', { endpoint: 'https://evil.example' })],
    ['another port', COMPATIBLE, withSecret(COMPATIBLE, '', { endpoint: 'https://s3.example.com:444' })],
    ['an endpoint instead of Amazon', AWS, withSecret(COMPATIBLE, '')],
    ['Amazon instead of an endpoint', COMPATIBLE, withSecret(AWS, '')],
    ['another region', AWS, withSecret(AWS, '', { region: 'eu-central-1' })],
    ['another access key', AWS, at({ ...AWS, credentials: { ...STATIC, accessKeyId: 'mine', secretAccessKey: '' } })],
    ['a key instead of a role', { ...AWS, credentials: ROLE }, withSecret(AWS, '')],
  ])('is refused for %s: the stored secret must not go there', (_, before, after) => {
    for (const history of ['continue', 'restart', undefined] as const)
      expect(changeConfig(at(before), after, history)).toMatch(
        /^destination\.credentials\.secretAccessKey: enter the secret again/,
      );
  });
});

describe('a new secret', () => {
  it('replaces the stored one and what runs with it', () => {
    const result = change(at(AWS), withSecret(AWS, OTHER));
    expect(secretOf(result)).toBe(OTHER);
    expect(result).toMatchObject({ replacesDestination: true, secretChanged: true, moves: [] });
  });

  it('leaves the configurations that it was made of as they were', () => {
    const [before, after] = [at(AWS), withSecret(AWS, '')];
    const texts = JSON.stringify([before, after]);
    changeConfig(before, after, undefined);
    expect(JSON.stringify([before, after])).toBe(texts);
  });

  it('is not needed for a role', () => {
    const result = change(at(AWS), at({ ...AWS, credentials: ROLE }));
    expect(result.config.destination).toMatchObject({ credentials: ROLE });
    expect(result.replacesDestination).toBe(true);
  });
});

describe('another place', () => {
  it.each<[string, Record<string, unknown>]>([
    ['bucket', { bucket: 'other' }],
    ['prefix', { prefix: 'b/' }],
    ['endpoint', { endpoint: 'https://other.example' }],
  ])('(%s) asks what becomes of the history', (_, changes) => {
    const [before, after] = [at(COMPATIBLE), at({ ...COMPATIBLE, ...changes })];
    expect(changeConfig(before, after, undefined)).toMatch(/^history: .*"continue".*"restart"/);
    expect(change(before, after, 'continue')).toMatchObject({ replacesDestination: true, moves: [] });
    expect(change(before, after, 'restart')).toMatchObject({ replacesDestination: true, moves: ['restart'] });
  });

  it('is not another region, key or encryption of the same bucket', () => {
    for (const changes of [
      { region: 'eu-central-1' },
      { credentials: ROLE },
      { serverSideEncryption: { kind: 'AES256' } },
    ])
      expect(change(at(AWS), at({ ...AWS, ...changes }))).toMatchObject({ replacesDestination: true, moves: [] });
  });
});

describe('what a change moves', () => {
  it.each<[string, Record<string, unknown>, ConfigChange['moves']]>([
    ['the frequency', { frequency: 'hourly' }, ['regrid']],
    ['the offset', { utcOffsetMinutes: 60 }, ['regrid']],
    ['the late sweeps', { tuning: { sweepHours: [5] } }, ['regrid']],
    ['the mode', { mode: 'FROM_TODAY' }, ['start']],
    ['mode and date', { mode: 'FROM_CUSTOM_DATE', startDate: '2026-01-01' }, ['start']],
    ['frequency and start', { frequency: 'hourly', mode: 'FROM_TODAY' }, ['regrid', 'start']],
    ['name, format, columns, recipients', { name: 'b', format: 'csv', columnGroups: ['core'], settleMinutes: 5 }, []],
    ['other tuning', { tuning: { parallelPeriods: 4 } }, []],
  ])('%s', (_, changes, moves) => {
    expect(change(at(AWS), at(AWS, changes))).toMatchObject({ moves, replacesDestination: false });
  });

  it('is one thing only when everything begins anew', () => {
    const after = at(AWS, { frequency: 'hourly', mode: 'FROM_TODAY' });
    expect(change(at(AWS), after, 'restart').moves).toEqual(['restart']);
  });

  it('sees a new date under the same mode', () => {
    const from = (startDate: string) => at(AWS, { mode: 'FROM_CUSTOM_DATE', startDate });
    expect(change(from('2026-01-01'), from('2026-01-02')).moves).toEqual(['start']);
    expect(change(from('2026-01-01'), from('2026-01-01')).moves).toEqual([]);
  });
});

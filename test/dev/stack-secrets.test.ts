import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadDevSecrets } from '../../dev/stack/secrets.ts';
import { tempFolder } from '../support/temp-folder.ts';

test('secrets are made once, for the owner only, and read again', async () => {
  const folder = join(await tempFolder(), 'data');
  const secrets = await loadDevSecrets(folder);
  expect(secrets.encryptionKey).toMatch(/^[0-9a-f]{64}$/);
  expect((await stat(join(folder, 'secrets.json'))).mode & 0o777).toBe(0o600);
  expect(await loadDevSecrets(folder)).toEqual(secrets);
});

test('a secret that an older version did not know is added, the others stay', async () => {
  const folder = await tempFolder();
  const path = join(folder, 'secrets.json');
  await writeFile(path, '{"s3AccessKeyId":"mine"}');
  const secrets = await loadDevSecrets(folder);
  expect(secrets.s3AccessKeyId).toBe('mine');
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(secrets);
});

test('two data folders have different secrets', async () => {
  const [one, two] = [await loadDevSecrets(await tempFolder()), await loadDevSecrets(await tempFolder())];
  expect(one.encryptionKey).not.toBe(two.encryptionKey);
});

import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type Lockfile, missingOptionalPackages } from '../../tools/complete-lockfile.mjs';

describe('package-lock.json', () => {
  test('holds the optional packages of every platform; without them `npm ci` refuses it (npm run lockfile)', async () => {
    const text = await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8');
    const lock: Lockfile = JSON.parse(text);
    expect(Object.keys(missingOptionalPackages(lock))).toEqual([]);
  });

  test('is completed with version and platform of what is left out', () => {
    const optionalDependencies = {
      '@x/core-linux-arm64-musl': '1.2.3',
      '@x/core-darwin-x64': '1.2.3',
      ranged: '^1.0.0',
    };
    const lock: Lockfile = {
      packages: {
        'node_modules/@x/core': { version: '1.2.3', dev: true, optionalDependencies },
        'node_modules/@x/core/node_modules/@x/core-darwin-x64': { version: '1.2.3' },
      },
    };
    const entry = { version: '1.2.3', dev: true, optional: true, os: ['linux'], cpu: ['arm64'], libc: ['musl'] };
    expect(missingOptionalPackages(lock)).toEqual({ 'node_modules/@x/core-linux-arm64-musl': entry });
  });
});

import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findTool, requireTool } from '../../tools/find-tool.mjs';
import { obtainTool } from '../../tools/obtain-tool.mjs';
import { cachedToolPath, toolDefinitions, toolVersion } from '../../tools/tool-definitions.mjs';
import { tempFolder } from '../support/temp-folder.ts';

async function executable(path: string, script = '#!/bin/sh\n'): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, script);
  await chmod(path, 0o755);
  return path;
}

/** An environment whose PATH is one folder and whose cache is another, both empty. */
async function emptyEnvironment() {
  const folder = await tempFolder();
  const bin = join(folder, 'bin');
  const env = { PATH: bin, XDG_CACHE_HOME: join(folder, 'cache') };
  return { env, bin, folder, log: [] as string[] };
}

describe('looking for a tool', () => {
  test('reads the pinned versions from the Go modules', () => {
    expect(toolVersion(toolDefinitions.temporal)).toMatch(/^\d+\.\d+\.\d+$/);
    expect(toolVersion(toolDefinitions.versitygw)).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test('prefers the environment variable to PATH, and PATH to the cache', async () => {
    const { env, bin, folder } = await emptyEnvironment();
    expect(findTool('temporal', env)).toBeUndefined();

    const cached = await executable(cachedToolPath(toolDefinitions.temporal, env));
    expect(findTool('temporal', env)).toEqual({ path: cached, origin: 'cache' });

    const onPath = await executable(join(bin, 'temporal'));
    expect(findTool('temporal', env)).toEqual({ path: onPath, origin: 'PATH' });

    const given = await executable(join(folder, 'my-temporal'));
    const withVariable = { ...env, TEMPORAL_CLI_PATH: given };
    expect(findTool('temporal', withVariable)).toEqual({ path: given, origin: 'TEMPORAL_CLI_PATH' });
  });

  test('takes no file from PATH that is not executable', async () => {
    const { env, bin } = await emptyEnvironment();
    await chmod(await executable(join(bin, 'versitygw')), 0o644);
    expect(findTool('versitygw', env)).toBeUndefined();
  });

  test('refuses an environment variable that names no program', async () => {
    const { env } = await emptyEnvironment();
    expect(() => findTool('versitygw', { ...env, VERSITYGW_PATH: '/nowhere' })).toThrow(
      'VERSITYGW_PATH=/nowhere is not an executable file',
    );
  });

  test('says what to do when a tool is nowhere', async () => {
    const { env } = await emptyEnvironment();
    expect(() => requireTool('versitygw', env)).toThrow(/bootstrap.mjs.*PATH.*VERSITYGW_PATH.*Go 1/s);
  });
});

describe('making a tool', () => {
  test('builds it with Go into the cache, where the next search finds it', async () => {
    const { env, bin, log } = await emptyEnvironment();
    // Stands for the Go command: writes a program to the argument after -o.
    const go = '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\necho "#!/bin/sh" > "$2"\n/bin/chmod +x "$2"\n';
    await executable(join(bin, 'go'), go);
    const path = cachedToolPath(toolDefinitions.versitygw, env);
    const made = await obtainTool('versitygw', { log: (line) => log.push(line), env });
    expect(made).toEqual({ path, origin: 'go build' });
    expect(log).toEqual([expect.stringContaining('building from source')]);
    expect(findTool('versitygw', env)).toEqual({ path, origin: 'cache' });
  });

  test('without Go, says what failed and what to install', async () => {
    const { env } = await emptyEnvironment();
    const making = obtainTool('versitygw', { log: () => {}, env });
    await expect(making).rejects.toThrow(/Go is not installed.*VERSITYGW_PATH/s);
  });

  test('passes on what the Go command said', async () => {
    const { env, bin } = await emptyEnvironment();
    await executable(join(bin, 'go'), '#!/bin/sh\necho "no such module" >&2\nexit 1\n');
    const making = obtainTool('versitygw', { log: () => {}, env });
    await expect(making).rejects.toThrow(/go build failed: no such module/);
    expect(findTool('versitygw', env)).toBeUndefined();
  });
});

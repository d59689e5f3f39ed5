// Plain JavaScript, because tools/bootstrap.mjs runs it on whatever Node (>= 20) the machine has, before anything is installed.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @import { ToolDefinition } from './tool-definitions.d.mts' */

const folderOf = (/** @type {string} */ name) => fileURLToPath(new URL(`./${name}/`, import.meta.url));

/** @type {Readonly<Record<'temporal' | 'versitygw', ToolDefinition>>} */
export const toolDefinitions = {
  temporal: {
    name: 'temporal',
    purpose: 'the Temporal CLI with its development server',
    pathVariable: 'TEMPORAL_CLI_PATH',
    moduleDir: folderOf('temporal'),
    goModule: 'github.com/temporalio/cli',
    goPackage: 'github.com/temporalio/cli/cmd/temporal',
    buildTime: 'about 4 minutes',
  },
  versitygw: {
    name: 'versitygw',
    purpose: 'an S3 server over a local folder',
    pathVariable: 'VERSITYGW_PATH',
    moduleDir: folderOf('versitygw'),
    goModule: 'github.com/versity/versitygw',
    goPackage: 'github.com/versity/versitygw/cmd/versitygw',
    buildTime: 'about 1 minute',
  },
};

/**
 * The pinned version, read from the wrapper module's go.mod so that it is written down once.
 * @param {ToolDefinition} tool
 */
export function toolVersion(tool) {
  const goMod = readFileSync(join(tool.moduleDir, 'go.mod'), 'utf8');
  for (const line of goMod.split('\n')) {
    const [module, version] = line
      .trim()
      .replace(/^require /, '')
      .split(' ');
    if (module === tool.goModule && version?.startsWith('v')) return version.slice(1);
  }
  throw new Error(`${tool.goModule} has no version in ${join(tool.moduleDir, 'go.mod')}`);
}

/**
 * Where a built tool is kept: outside the checkout, so that a second clone starts in seconds.
 * @param {ToolDefinition} tool
 * @param {NodeJS.ProcessEnv} env
 */
export function cachedToolPath(tool, env = process.env) {
  const cacheRoot = env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cacheRoot, 'event-exports', `${tool.name}-${toolVersion(tool)}`, tool.name);
}

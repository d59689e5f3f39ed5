import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cachedToolPath, toolDefinitions, toolVersion } from './tool-definitions.mjs';

/**
 * @import { ToolDefinition } from './tool-definitions.d.mts'
 * @import { FoundTool } from './find-tool.d.mts'
 */

/**
 * Looks for a tool in its three places: the environment variable, PATH, the cache. Builds nothing.
 * @param {ToolDefinition['name']} name
 * @param {NodeJS.ProcessEnv} env
 * @returns {FoundTool | undefined}
 */
export function findTool(name, env = process.env) {
  const tool = toolDefinitions[name];
  const given = env[tool.pathVariable];
  if (given) {
    // A wrong path is an error rather than a reason to look further: the user has said which binary to run.
    if (!isExecutable(given)) throw new Error(`${tool.pathVariable}=${given} is not an executable file`);
    return { path: given, origin: tool.pathVariable };
  }
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const candidate = join(folder, name);
    if (folder && isExecutable(candidate)) return { path: candidate, origin: 'PATH' };
  }
  const cached = cachedToolPath(tool, env);
  return isExecutable(cached) ? { path: cached, origin: 'cache' } : undefined;
}

/**
 * As `findTool`, but a tool that is nowhere is an error that says what to do.
 * @param {ToolDefinition['name']} name
 * @param {NodeJS.ProcessEnv} env
 */
export function requireTool(name, env = process.env) {
  const found = findTool(name, env);
  if (!found) throw new Error(`${name} was not found. Run \`node tools/bootstrap.mjs\`, or: ${howToInstall(name)}`);
  return found;
}

/**
 * What a user can do when a tool can neither be found nor built.
 * @param {ToolDefinition['name']} name
 */
export function howToInstall(name) {
  const tool = toolDefinitions[name];
  return (
    `put ${name} (${tool.purpose}, ${toolVersion(tool)} or newer) on PATH, or set ${tool.pathVariable} to the binary, ` +
    'or install Go 1.21 or newer, with access to its modules, so that it can be built from source.'
  );
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

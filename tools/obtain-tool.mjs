import { spawn } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { downloadTemporal } from './download-temporal.mjs';
import { findTool, howToInstall } from './find-tool.mjs';
import { cachedToolPath, toolDefinitions } from './tool-definitions.mjs';

/**
 * @import { ToolDefinition } from './tool-definitions.d.mts'
 * @import { FoundTool } from './find-tool.d.mts'
 */

/**
 * Finds a tool or makes it: environment variable, PATH, cache, `go build`, and for temporal the SDK's own download.
 * @param {ToolDefinition['name']} name
 * @param {{ log: (line: string) => void, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<FoundTool>} throws with what to install when every way fails
 */
export async function obtainTool(name, { log, env = process.env }) {
  const found = findTool(name, env);
  if (found) return found;
  const tool = toolDefinitions[name];
  const target = cachedToolPath(tool, env);
  /** @type {string[]} */
  const failures = [];
  for (const make of name === 'temporal' ? [buildTool, downloadTool] : [buildTool]) {
    // Made under a name of its own and renamed: two clones may be doing this at the same time.
    const unfinished = `${target}.${process.pid}.tmp`;
    try {
      await mkdir(dirname(target), { recursive: true });
      const origin = await make(tool, unfinished, log, env);
      await rename(unfinished, target);
      return { path: target, origin };
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    } finally {
      await rm(unfinished, { force: true });
    }
  }
  throw new Error(`${name} could not be obtained (${failures.join('; ')}). To go on: ${howToInstall(name)}`);
}

/**
 * @param {ToolDefinition} tool
 * @param {string} output
 * @param {(line: string) => void} log
 * @param {NodeJS.ProcessEnv} env
 */
async function buildTool(tool, output, log, env) {
  log(`${tool.name}: building from source with Go, ${tool.buildTime} the first time …`);
  const args = ['build', '-mod=readonly', '-trimpath', '-ldflags=-s -w', '-o', output, tool.goPackage];
  // GOWORK=off: a Go workspace around the checkout must not change the pinned versions.
  const buildEnv = { ...env, CGO_ENABLED: '0', GOWORK: 'off' };
  const child = spawn('go', args, { cwd: tool.moduleDir, env: buildEnv, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr = (stderr + chunk).slice(-2000);
  });
  await new Promise((resolve, reject) => {
    child.once('error', (/** @type {NodeJS.ErrnoException} */ error) =>
      reject(error.code === 'ENOENT' ? new Error('Go is not installed') : error),
    );
    child.once('close', (code) =>
      code === 0
        ? resolve(undefined)
        : reject(new Error(`go build failed: ${stderr.trim().split('\n').slice(-5).join(' | ')}`)),
    );
  });
  return 'go build';
}

/**
 * @param {ToolDefinition} tool
 * @param {string} output
 * @param {(line: string) => void} log
 */
async function downloadTool(tool, output, log) {
  log(`${tool.name}: downloading with the Temporal SDK …`);
  await downloadTemporal(output);
  return 'Temporal SDK download';
}

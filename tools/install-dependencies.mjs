import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} LockedPackage */

/**
 * Runs `npm ci` unless node_modules already holds what package-lock.json says.
 * @param {string} root folder of package.json
 * @param {(line: string) => void} log
 */
export async function installDependencies(root, log) {
  if (!isInstalled(root)) {
    log('npm packages: installing …');
    // --include=dev: the embedded stack is made of development dependencies, whatever NODE_ENV says.
    await run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], root);
  }
  await installNode(root, log);
}

/**
 * The package `node` fetches its binary in an install script, which npm may have been told not to run; npm then makes no
 * link to it either.
 * @param {string} root
 * @param {(line: string) => void} log
 */
async function installNode(root, log) {
  const link = join(root, 'node_modules/.bin/node');
  if (existsSync(link)) return;
  log('node: fetching the pinned version …');
  await run(process.execPath, ['installArchSpecificPackage'], join(root, 'node_modules/node'));
  rmSync(link, { force: true });
  symlinkSync('../node/bin/node', link);
}

/**
 * Compares package-lock.json with the list that npm keeps of what it installed (written last, so absent after an
 * interrupted installation).
 * @param {string} root
 */
export function isInstalled(root) {
  const installedList = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installedList)) return false;
  const installed = readPackages(installedList);
  return Object.entries(readPackages(join(root, 'package-lock.json'))).every(([path, wanted]) => {
    const present = installed[path];
    // The root itself is not in the list; optional packages are absent on platforms that they are not made for.
    if (path === '' || (!present && wanted.optional)) return true;
    return present?.version === wanted.version && present?.integrity === wanted.integrity;
  });
}

/**
 * @param {string} path
 * @returns {Record<string, LockedPackage>}
 */
function readPackages(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 */
async function run(command, args, cwd) {
  // Output goes to stderr: stdout belongs to the command that the bootstrap precedes.
  const child = spawn(command, args, { cwd, stdio: ['ignore', process.stderr, process.stderr] });
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(undefined) : reject(new Error(`\`${command} ${args.join(' ')}\` ended with code ${code}`)),
    );
  });
}

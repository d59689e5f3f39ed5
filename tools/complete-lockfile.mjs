// Adds the optional packages of other platforms that package-lock.json leaves out. npm leaves out what the registry in
// use does not carry, and `npm ci` then refuses the lockfile everywhere. Run `npm run lockfile` after every `npm install`.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * @import { Lockfile, LockedPackage } from './complete-lockfile.d.mts'
 */

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

/**
 * The optional packages that are named but not locked, as entries for `packages`. They have a version but no checksum:
 * that is known only to a registry that has them.
 * @param {Lockfile} lock
 * @returns {Record<string, LockedPackage>}
 */
export function missingOptionalPackages(lock) {
  /** @type {Record<string, LockedPackage>} */
  const missing = {};
  for (const [parent, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      // A range cannot be completed without asking a registry; platform packages are pinned exactly.
      if (!/^\d+\.\d+\.\d+/.test(version) || isLocked(lock, parent, name)) continue;
      missing[`node_modules/${name}`] = lockedEntry(name, version, dev);
    }
  }
  return missing;
}

/**
 * Node's lookup: beside the parent's own packages, then in each folder above.
 * @param {Lockfile} lock
 * @param {string} parent
 * @param {string} name
 */
function isLocked({ packages }, parent, name) {
  for (let folder = parent; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[path]) return true;
    if (folder === '') return false;
  }
}

/**
 * npm compares `os`, `cpu` and `libc` with the machine and fetches nothing for another one. They are read from names such
 * as `@swc/core-linux-x64-musl`. The keys are in npm's order, so that npm does not change the file again.
 * @param {string} name
 * @param {string} version
 * @param {boolean | undefined} dev
 * @returns {LockedPackage}
 */
function lockedEntry(name, version, dev) {
  const words = name.split(/[/-]/);
  const os = systems.filter((system) => words.includes(system));
  const cpu = processors.filter((processor) => words.includes(processor));
  const libc = words.includes('musl') ? ['musl'] : words.includes('gnu') ? ['glibc'] : [];
  return {
    version,
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(dev ? { dev } : {}),
    ...(libc.length > 0 ? { libc } : {}),
    optional: true,
    ...(os.length > 0 ? { os } : {}),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = fileURLToPath(new URL('../package-lock.json', import.meta.url));
  /** @type {Lockfile} */
  const lock = JSON.parse(readFileSync(path, 'utf8'));
  const missing = missingOptionalPackages(lock);
  const all = Object.entries({ ...lock.packages, ...missing });
  all.sort(([left], [right]) => left.localeCompare(right, 'en'));
  writeFileSync(path, `${JSON.stringify({ ...lock, packages: Object.fromEntries(all) }, null, 2)}\n`);
  console.log(`package-lock.json: ${Object.keys(missing).length} optional packages added`);
}

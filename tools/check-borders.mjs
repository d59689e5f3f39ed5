// Checks which folder imports what: paths are resolved, and types are told from values, which lint rules that see only the text of an
// import cannot do. Part of `npm run lint`. Argument: the folder to check, by default the repository.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Border
 * @property {string[]} folders other folders that may be imported
 * @property {string[]} [files] single files beyond them
 * @property {string[]} [types] folders of which types may be imported
 * @property {(name: string, file: string) => boolean} packages whether a package, or a module of Node, may be imported
 */

/** Modules of Node that are no I/O, and the files in `shared/` that may use them. (A bundle of workflows that reached them would not build.) */
const PURE_NODE = { 'node:crypto': ['shared/sealed.ts', 'shared/manifest.ts'] };

/** @type {Record<string, Border>} */
const BORDERS = {
  workflows: {
    folders: ['shared'],
    packages: (name) => name === '@temporalio/workflow' || name === '@temporalio/common',
  },
  activities: { folders: ['shared'], packages: (name) => name !== '@temporalio/workflow' },
  shared: {
    folders: [],
    packages: (name, file) =>
      name === 'zod' || name === '@temporalio/common' || Boolean(PURE_NODE[name]?.includes(file)),
  },
  client: {
    folders: ['shared'],
    files: ['workflows/messages.ts'],
    types: ['workflows'],
    packages: (name) => !/^@temporalio\/(activity|worker|workflow)$/.test(name),
  },
  web: { folders: ['client', 'shared'], packages: (name) => !name.startsWith('@temporalio/') },
  cli: { folders: ['client', 'shared'], packages: (name) => !name.startsWith('@temporalio/') },
};

const STATIC = /^[ \t]*(?:import\b(?:([^'"`;()]*?)\bfrom\s*|\s*)|export\b([^'"`;()=]*?)\bfrom\s*)(['"])([^'"]+)\3/gm;
const DYNAMIC = /^(?![ \t]*(?:\*|\/\/|\/\*)).*?\b(?:import|require)\(\s*(['"`])([^'"`]+)\1/gm;

/**
 * Every import of a text.
 * @param {string} text
 */
function importsOf(text) {
  const found = [...text.matchAll(STATIC)].map(({ index, 1: names = '', 2: more = '', 4: specifier = '' }) => ({
    index,
    specifier,
    typeOnly: /^\s+type\s+[\w$*{]/.test(names || more),
  }));
  const dynamic = [...text.matchAll(DYNAMIC)].map(({ index, 2: specifier = '' }) => ({
    index,
    specifier,
    typeOnly: false,
  }));
  return [...found, ...dynamic];
}

/**
 * @param {string} file path from the root, with "/"
 * @param {{ specifier: string, typeOnly: boolean }} found
 */
function isAllowed(file, { specifier, typeOnly }) {
  const [home = ''] = file.split('/');
  const border = BORDERS[home];
  if (border === undefined) return true;
  if (!specifier.startsWith('.')) return border.packages(specifier, file);
  const target = posix.join(posix.dirname(file), specifier);
  const [folder = ''] = target.split('/');
  return (
    folder === home ||
    border.folders.includes(folder) ||
    Boolean(border.files?.includes(target)) ||
    (typeOnly && Boolean(border.types?.includes(folder)))
  );
}

/**
 * One line for every import that crosses a border: `workflows/a.ts:3 must not import ../activities/b.ts`.
 * @param {string} root
 */
export function checkBorders(root) {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name in BORDERS)
    .flatMap(({ name }) => readdirSync(join(root, name), { withFileTypes: true, recursive: true }))
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes(`${sep}node_modules${sep}`))
    .sort()
    .flatMap((path) => {
      const file = relative(root, path).replaceAll(sep, '/');
      const text = readFileSync(path, 'utf8');
      return importsOf(text)
        .filter((found) => !isAllowed(file, found))
        .map(({ index, specifier }) => {
          const line = text.slice(0, index).split('\n').length;
          return `${file}:${line} must not import ${specifier}`;
        });
    });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const faults = checkBorders(process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url))));
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length === 0 ? 0 : 1;
}

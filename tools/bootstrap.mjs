// Makes a fresh clone runnable: npm packages and the server binaries of the embedded stack. Runs before `npm start` and
// `npm test`; takes a fraction of a second when everything is there.
import { fileURLToPath } from 'node:url';
import { installDependencies } from './install-dependencies.mjs';
import { obtainTool } from './obtain-tool.mjs';

const log = (/** @type {string} */ line) => console.error(line);

// A server that runs elsewhere needs no binary here; the names are those that test/support/test-servers.ts reads.
const elsewhere = process.env.npm_lifecycle_event === 'pretest' ? process.env : {};

try {
  await installDependencies(fileURLToPath(new URL('..', import.meta.url)), log);
  if (!elsewhere.S3_TEST_ENDPOINT) await obtain('versitygw');
  if (!elsewhere.TEMPORAL_TEST_ADDRESS) await obtain('temporal');
} catch (error) {
  log(`bootstrap: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

/** @param {'temporal' | 'versitygw'} name */
async function obtain(name) {
  const { path, origin } = await obtainTool(name, { log });
  // The cache is the normal case and says nothing.
  if (origin !== 'cache') log(`${name}: ${path} (${origin})`);
}

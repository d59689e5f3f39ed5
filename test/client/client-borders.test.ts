import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const listLoaded = `
  import { registerHooks } from 'node:module';
  const root = new URL('../../', process.argv[1]).href;
  const loaded = [];
  registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
  await import(new URL('client/index.ts', root));
  console.log(JSON.stringify(loaded.filter((url) => url.startsWith(root)).map((url) => url.slice(root.length))));
`;

test('importing the client in a plain process loads no activities and of the workflows only the messages', async () => {
  const args = ['--input-type=module', '--eval', listLoaded, import.meta.url];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const loaded: unknown = JSON.parse(stdout);
  expect(loaded).toContain('client/index.ts');
  const foreign = Array.isArray(loaded)
    ? loaded.filter((path) => !/^(client|shared|node_modules)\//.test(String(path)))
    : [];
  expect(foreign).toEqual(['workflows/messages.ts']);
  expect(stdout).not.toContain('@temporalio/worker');
  expect(stdout).not.toContain('@temporalio/activity');
});

/** Bundles the workflow code once, for production images: `node workers/bundle-workflows.ts <file>`, then WORKFLOW_BUNDLE=<file>. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const [target] = process.argv.slice(2);
if (target === undefined) throw new Error('usage: node workers/bundle-workflows.ts <file>');
const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
});
await writeFile(target, code);

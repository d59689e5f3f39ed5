import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowBundle } from './provided.ts';

const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));

/** Bundles the workflow code once for all test files of a run. Code that does not bundle fails only the tests that run it. */
export async function bundleWorkflows(folder: string): Promise<WorkflowBundle> {
  try {
    await access(workflowsPath);
    // Imported here: it takes a second, and the servers can start meanwhile.
    const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
    const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
    const path = join(folder, 'workflow-bundle.js');
    await writeFile(path, code);
    return { path };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bundleWorkflows } from './bundle-workflows.ts';
import { startTestServers } from './test-servers.ts';

/** Global setup of the project `stack`: vitest calls it only when the run holds a test file of that project. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'event-exports-test-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const [servers, bundle] = await Promise.all([startTestServers(folder), bundleWorkflows(folder)]);
    project.provide('servers', servers.address);
    project.provide('workflowBundle', bundle);
    return async () => {
      await servers.stop();
      await remove();
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

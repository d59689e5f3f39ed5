import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Lets the Temporal SDK download its CLI (it knows the platform and the version) and copies the binary to `output`.
 * The SDK offers the download only as a part of starting a server, so one is started and stopped at once.
 * @param {string} output
 */
export async function downloadTemporal(output) {
  // Imported here because the package exists only once `npm ci` has run.
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const downloadDir = await mkdtemp(join(tmpdir(), 'temporal-download-'));
  try {
    /** @type {{ type: 'cached-download' }} */
    const download = { type: 'cached-download' };
    const server = { ip: '127.0.0.1', executable: { ...download, downloadDir } };
    const environment = await TestWorkflowEnvironment.createLocal({ server });
    await environment.teardown();
    const [binary] = (await readdir(downloadDir)).filter((file) => file.startsWith('temporal'));
    if (!binary) throw new Error('the Temporal SDK left no binary behind');
    await copyFile(join(downloadDir, binary), output);
  } finally {
    await rm(downloadDir, { recursive: true, force: true });
  }
}

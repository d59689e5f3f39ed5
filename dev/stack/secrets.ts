import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** Secrets of one embedded stack, made once and kept with its data, which they unlock. */
const devSecrets = z.object({
  s3AccessKeyId: z.string().default(() => `dev${randomBytes(8).toString('hex')}`),
  s3SecretAccessKey: z.string().default(() => randomBytes(20).toString('hex')),
  clickhousePassword: z.string().default(() => randomBytes(16).toString('hex')),
  /** 64 hex digits: the AES-256 key that seals destination credentials (ENCRYPTION_KEY). */
  encryptionKey: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .default(() => randomBytes(32).toString('hex')),
  /** What the emulators take; they open nothing else. */
  posthogProjectKey: z.string().default(() => `phc_${randomBytes(20).toString('hex')}`),
  mixpanelToken: z.string().default(() => randomBytes(16).toString('hex')),
});

export type DevSecrets = z.infer<typeof devSecrets>;

/** Reads `<dataDir>/secrets.json` (mode 0600); secrets that are missing there are generated and added. */
export async function loadDevSecrets(dataDir: string): Promise<DevSecrets> {
  await mkdir(dataDir, { recursive: true });
  const path = join(dataDir, 'secrets.json');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '{}';
  });
  const secrets = devSecrets.parse(JSON.parse(text));
  const complete = `${JSON.stringify(secrets, null, 2)}\n`;
  if (complete !== text) {
    await writeFile(`${path}.tmp`, complete, { mode: 0o600 });
    await rename(`${path}.tmp`, path);
  }
  return secrets;
}

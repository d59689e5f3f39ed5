/** Reads an export as somebody would who knows the bucket only: manifests first, then the files that they name. */
import { createHash } from 'node:crypto';
import { type Manifest, parseManifest } from '../../shared/manifest.ts';
import { decompress, readFile } from '../activities/source/read-file.ts';

/** A row as an independent reader finds it, and where. */
export type ExportedRow = Record<string, unknown> & { file: string };

/**
 * @throws Error when a file is not as its manifest says: missing, other bytes, another checksum, another number of rows; when two
 * manifests name the same file; when totals are no sums
 */
export async function readExport(
  manifestKeys: readonly string[],
  object: (key: string) => Promise<Buffer>,
): Promise<{ manifests: Manifest[]; rows: ExportedRow[] }> {
  const manifests: Manifest[] = [];
  const rows: ExportedRow[] = [];
  const seen = new Set<string>();
  for (const key of manifestKeys) {
    const manifest = parseManifest((await object(key)).toString());
    manifests.push(manifest);
    for (const file of manifest.files) {
      if (seen.has(file.key)) throw new Error(`two manifests name ${file.key}`);
      seen.add(file.key);
      const bytes = await object(file.key);
      const plain = decompress(bytes, manifest.compression);
      const found = await readFile(plain, manifest.format);
      same(file.key, 'sha256', createHash('sha256').update(bytes).digest('hex'), file.sha256);
      same(file.key, 'bytes', bytes.length, file.bytes);
      same(file.key, 'uncompressedBytes', plain.length, file.uncompressedBytes);
      same(file.key, 'rows', found.length, file.rows);
      for (const row of found) rows.push({ ...row, file: file.key });
    }
    const total = (of: 'rows' | 'bytes') => manifest.files.reduce((sum, file) => sum + file[of], 0);
    same(key, 'totals.rows', manifest.totals.rows, total('rows'));
    same(key, 'totals.bytes', manifest.totals.bytes, total('bytes'));
    same(key, 'totals.files', manifest.totals.files, manifest.files.length);
  }
  return { manifests, rows };
}

function same(key: string, what: string, found: unknown, said: unknown): void {
  if (found !== said) throw new Error(`${key}: ${what} is ${found}, its manifest says ${said}`);
}

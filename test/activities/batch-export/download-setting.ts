/** Batch exports in tests: jobs, written files, and what independent readers find in them. */
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { Downloads } from '../../../activities/batch-export/downloads.ts';
import type { SliceTarget } from '../../../activities/batch-export/slices.ts';
import type { ActivityDependencies } from '../../../activities/dependencies.ts';
import {
  type BatchExportFile,
  type BatchExportInput,
  type BatchExportJob,
  batchExportRequestSchema,
} from '../../../shared/batch-export.ts';
import { type RunOptions, runActivity } from '../run-activity.ts';
import type { Setting } from '../setting.ts';
import { decompress, type FileRow, readFile } from '../source/read-file.ts';

export const CLICK = '2026-03-05T00:00:00.000Z';

/** So small that a thousand rows make many slices. */
export const SMALL_SLICES: SliceTarget = { rows: 100, bytes: 2 ** 20 };

export interface DownloadSetting {
  job(request?: BatchExportInput, changes?: Partial<BatchExportJob>): BatchExportJob;
  /** Activities with small slices, and with some dependencies replaced. */
  activities(replaced?: Partial<ActivityDependencies>): Setting['activities'];
  downloads(changes?: Partial<Downloads>): Downloads;
  write(job: BatchExportJob, options?: RunOptions & { activities?: Setting['activities'] }): Promise<BatchExportFile>;
  /** Rows of the file, which must hold what the result says. */
  read(job: BatchExportJob, file: BatchExportFile): Promise<FileRow[]>;
  headers(file: BatchExportFile): Promise<{ type?: string | undefined; disposition?: string | undefined }>;
}

export function downloadSetting(setting: Setting): DownloadSetting {
  const downloads: DownloadSetting['downloads'] = (changes = {}) => {
    const { downloads: opened } = setting.dependencies;
    if ('problem' in opened) throw new Error(opened.problem);
    return { ...opened, sliceTarget: SMALL_SLICES, ...changes };
  };
  const activities: DownloadSetting['activities'] = (replaced = {}) =>
    setting.activitiesWith({ downloads: downloads(), ...replaced });
  let exports = 0;
  return {
    downloads,
    activities,
    job(request = {}, changes = {}) {
      exports += 1;
      return {
        projectId: setting.world.projectId,
        exportId: `export-${exports}`,
        request: batchExportRequestSchema.parse(request),
        clickedAt: CLICK,
        actor: 'test',
        ...changes,
      };
    },
    async write(job, { activities: own = activities(), ...options } = {}) {
      await runActivity(() => own.planBatchExport({ job }));
      return runActivity(() => own.writeBatchExport({ job }), options);
    },
    async read({ request }, file) {
      const stored = await setting.object(file.key);
      const plain = decompress(stored, request.compression);
      const rows = await readFile(plain, request.format);
      const said = { rows: file.rows, bytes: file.bytes, uncompressedBytes: file.uncompressedBytes };
      const found = { rows: rows.length, bytes: stored.length, uncompressedBytes: plain.length };
      if (JSON.stringify(said) !== JSON.stringify(found))
        throw new Error(`the result says ${JSON.stringify(said)}, the file has ${JSON.stringify(found)}`);
      return rows;
    },
    async headers({ key }) {
      const { s3 } = setting.world;
      const head = await s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: key }));
      head.Body?.transformToByteArray().catch(() => undefined);
      return { type: head.ContentType, disposition: head.ContentDisposition };
    },
  };
}

import type { MetricMeter } from '@temporalio/common';

/** What the worker tells Prometheus about its exports. No labels by tenant: there may be thousands. */
export interface ExportMetrics {
  part(done: { rows: number; bytes: number; seconds: number }): void;
  /** Rows that an event sink refused, or that could not be made acceptable. */
  rejected(refused: { rows: number }): void;
  /** @param seconds from the end of a live period to its commit */
  committed(lag: { seconds: number }): void;
}

export function createExportMetrics(meter: MetricMeter): ExportMetrics {
  const rows = meter.createCounter('exports_rows', 'rows', 'Rows delivered');
  const bytes = meter.createCounter('exports_bytes', 'bytes', 'Bytes delivered, after compression');
  const rejected = meter.createCounter('exports_rejected_rows', 'rows', 'Rows that were refused and are listed');
  const partSeconds = meter.createHistogram('exports_part', 'float', 's', 'Time to deliver one part');
  const lagSeconds = meter.createHistogram('exports_lag', 'float', 's', 'From the end of a live period to its commit');
  return {
    part(done) {
      rows.add(done.rows);
      bytes.add(done.bytes);
      partSeconds.record(done.seconds);
    },
    rejected: (refused) => rejected.add(refused.rows),
    committed: ({ seconds }) => lagSeconds.record(seconds),
  };
}

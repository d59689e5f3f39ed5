/** Everything that the worker can run. */
export { batchExport } from './batch-export.ts';
export { exportPeriod } from './export-period.ts';
export { integration } from './integration.ts';
export { listRejected } from './list-rejected.ts';
export { testDestination } from './test-destination.ts';

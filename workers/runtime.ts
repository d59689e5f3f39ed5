import type { Logger } from '@temporalio/common';
import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { WorkerConfig } from './config.ts';

/** Buckets in seconds; Temporal's own are milliseconds. A part may take hours, a period lags by its settle time at least. */
const PART_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 21_600];
const LAG_SECONDS = [60, 300, 900, 1_200, 1_500, 1_800, 2_700, 3_600, 7_200, 21_600, 86_400, 259_200];

/**
 * Installs Temporal's runtime with our logger and, where a port is given, Prometheus metrics. Once per process, before anything else
 * of the worker package is used. Signals are left to the caller.
 */
export function installRuntime({ ports }: Pick<WorkerConfig, 'ports'>, logger: Logger): Runtime {
  const { bindAddress, metrics } = ports;
  const host = bindAddress.includes(':') ? `[${bindAddress}]` : bindAddress;
  return Runtime.install({
    logger,
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
      ...(metrics === undefined
        ? {}
        : {
            metrics: {
              prometheus: {
                bindAddress: `${host}:${metrics}`,
                countersTotalSuffix: true,
                unitSuffix: true,
                histogramBucketOverrides: { exports_part: PART_SECONDS, exports_lag: LAG_SECONDS },
              },
            },
          }),
    },
  });
}

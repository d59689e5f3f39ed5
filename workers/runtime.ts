import type { Logger } from '@temporalio/common';
import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { WorkerConfig } from './config.ts';

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
            metrics: { prometheus: { bindAddress: `${host}:${metrics}`, countersTotalSuffix: true, unitSuffix: true } },
          }),
    },
  });
}

import { readFile } from 'node:fs/promises';
import { NativeConnection } from '@temporalio/worker';
import type { WorkerConfig } from './config.ts';

/** The Temporal server cannot be reached as configured. */
export class ConnectionError extends Error {
  override name = 'ConnectionError';
}

/** @throws ConnectionError with the address, and what to look at */
export async function connectTemporal(temporal: WorkerConfig['temporal']): Promise<NativeConnection> {
  const { address, apiKey } = temporal;
  const tls = await tlsOptions(temporal);
  try {
    return await NativeConnection.connect({ address, tls, ...(apiKey === undefined ? {} : { apiKey }) });
  } catch (error) {
    throw new ConnectionError(
      `Temporal does not answer at ${address}. Is the server running there, and do TEMPORAL_ADDRESS, TEMPORAL_TLS and TEMPORAL_API_KEY fit it?`,
      { cause: error },
    );
  }
}

async function tlsOptions({ tls, caFile, certFile, keyFile }: WorkerConfig['temporal']) {
  if (!tls && caFile === undefined && certFile === undefined) return false;
  const [ca, crt, key] = await Promise.all([caFile, certFile, keyFile].map((path) => path && readFile(path)));
  return {
    ...(ca ? { serverRootCACertificate: ca } : {}),
    ...(crt && key ? { clientCertPair: { crt, key } } : {}),
  };
}

/** Clients of the stack's servers, as every program beside it makes them. */
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { Connection } from '@temporalio/client';

/** A proxy of the environment must not stand between us and this machine. */
export function connectTemporal({ address }: { address: string }): Promise<Connection> {
  return Connection.connect({ address, channelArgs: { 'grpc.enable_http_proxy': 0 } });
}

/**
 * @param requestTimeout milliseconds; generating many rows says nothing for minutes
 */
export function connectClickHouse(
  { url, user, password }: { url: string; user: string; password: string },
  requestTimeout = 600_000,
): ClickHouseClient {
  return createClient({
    url,
    username: user,
    password,
    request_timeout: requestTimeout,
    // What fails is told by the error itself.
    log: { level: ClickHouseLogLevel.OFF },
  });
}

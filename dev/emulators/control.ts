import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { type Fault, faultSchema } from './faults.ts';
import { parseJson } from './json-values.ts';
import type { Ledger } from './ledger.ts';
import { readBody } from './request-text.ts';

export interface Controlled {
  readonly ledger: Ledger;
  setFaults(faults: readonly Fault[]): void;
  reset(): void;
}

/** A line of `GET /_emulator/ids`. */
export interface IdLine {
  id: string;
  /** Events that the vendor would show for it. */
  accepted: number;
  /** Times that it was accepted, repetitions included. */
  received: number;
}

const MAX_BODY_BYTES = 1_000_000;
const LINES_OF_A_CHUNK = 1_000;

/**
 * The emulator's own paths, for other processes: `GET /_emulator/state` (EmulatorCounters), `GET /_emulator/ids` (JSON lines of IdLine),
 * `POST /_emulator/faults` (an array of Fault; [] ends them), `POST /_emulator/reset`.
 */
export async function answerControl(
  request: IncomingMessage,
  response: ServerResponse,
  { ledger, setFaults, reset }: Controlled,
): Promise<void> {
  const body = await readBody(request, MAX_BODY_BYTES);
  const reply = (status: number, value: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
  const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
  switch (`${request.method} ${pathname}`) {
    case 'GET /_emulator/state':
      return reply(200, ledger.counters());
    case 'GET /_emulator/ids':
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      return pipeline(Readable.from(linesOf(ledger)), response);
    case 'POST /_emulator/faults': {
      const faults = z
        .array(faultSchema)
        .safeParse(Buffer.isBuffer(body) ? parseJson(body.toString('utf8')) : undefined);
      if (!faults.success) return reply(400, { error: z.prettifyError(faults.error) });
      setFaults(faults.data);
      return reply(200, { faults: faults.data.length });
    }
    case 'POST /_emulator/reset':
      reset();
      return reply(200, {});
    default:
      return reply(404, { error: 'The paths are state and ids (GET), faults and reset (POST)' });
  }
}

function* linesOf({ ids }: Ledger): Generator<string, void, void> {
  let lines: string[] = [];
  for (const id of ids.ids()) {
    const line: IdLine = { id, accepted: ids.times(id), received: ids.received(id) };
    lines.push(`${JSON.stringify(line)}\n`);
    if (lines.length < LINES_OF_A_CHUNK) continue;
    yield lines.join('');
    lines = [];
  }
  yield lines.join('');
}

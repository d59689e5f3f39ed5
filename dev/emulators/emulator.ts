import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerControl } from './control.ts';
import { createFaultSwitchboard, type Fault, type RequestKind, type Strike } from './faults.ts';
import { type AcceptedEvent, type EmulatorCounters, Ledger } from './ledger.ts';
import { type RequestText, readBody, textOf } from './request-text.ts';

/** What the emulators of all vendors can be told. */
export interface EmulatorOptions {
  /** Port on 127.0.0.1; default 0: any free one. */
  readonly port?: number;
  /** Default: none. */
  readonly faults?: readonly Fault[];
  /** Epoch ms; default: the machine's clock. */
  readonly now?: () => number;
  /** True keeps the accepted events for `events()`; default false: only their ids and numbers. */
  readonly keepEvents?: boolean;
}

/** A vendor on this machine. */
export interface Emulator {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** A snapshot. */
  counters(): EmulatorCounters;
  acceptedIds(): Set<string>;
  /** How many events the vendor would show for this id after its de-duplication: 1 where nothing but repetitions came, 0 for a stranger. */
  timesAccepted(id: string): number;
  /** How often the id was accepted, repetitions included. */
  timesReceived(id: string): number;
  /** Accepted events after de-duplication. Throws without `keepEvents`. */
  events(): readonly AcceptedEvent[];
  /** Replaces the faults; [] ends them. Throws when one is not a fault. */
  setFaults(faults: readonly Fault[]): void;
  /** Forgets what came, and ends the faults. */
  reset(): void;
  /** Also ends open connections and answers that wait. May be called again. */
  close(): Promise<void>;
}

export interface VendorRequest extends RequestText {
  readonly kind: RequestKind;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** One in so many events is refused by a fault; undefined: none. */
  readonly refuseOneIn: number | undefined;
  readonly isOverQuota: boolean;
}

export interface Answer {
  readonly status: number;
  /** Becomes JSON. */
  readonly body: unknown;
}

/** What makes one vendor different from another. */
export interface Vendor {
  /** Undefined: there is nothing at this path. */
  kindOf(path: string): RequestKind | undefined;
  /** Bytes of a body before compression. */
  readonly maxBodyBytes: number;
  /** Takes what is right, and answers. */
  take(request: VendorRequest): Answer;
  /** The answer to a request that is refused as a whole. */
  refusal(status: number, message: string): Answer;
  /** Forgets rates. */
  reset(): void;
}

/** Starts the server of a vendor's rules. `vendorOf` gets the ledger where the vendor writes what it took and why it did not. */
export async function startEmulator(
  { port = 0, faults = [], keepEvents = false }: EmulatorOptions,
  vendorOf: (ledger: Ledger) => Vendor,
): Promise<Emulator> {
  const ledger = new Ledger({ keepEvents });
  const vendor = vendorOf(ledger);
  const switchboard = createFaultSwitchboard(faults);

  function setFaults(next: readonly Fault[]): void {
    switchboard.set(next);
  }
  function reset(): void {
    switchboard.set([]);
    ledger.reset();
    vendor.reset();
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (url.pathname.startsWith('/_emulator/')) return answerControl(request, response, { ledger, setFaults, reset });
    const kind = vendor.kindOf(url.pathname);
    const close = () => {
      ledger.add('closed');
      request.socket.destroy();
    };
    const reply = ({ status, body }: Answer, headers: Record<string, string> = {}) => {
      if (response.destroyed) return ledger.add('abandoned');
      ledger.count('answers', String(status));
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    };
    if (kind === undefined || request.method !== 'POST') {
      await readBody(request, 0);
      return reply(vendor.refusal(kind === undefined ? 404 : 405, 'There is nothing at this path by this method'));
    }

    ledger.add('requests');
    const { delay, fault } = switchboard.strike(kind);
    if (fault?.kind === 'close' && fault.when === 'before-body') return close();
    const body = await readBody(request, vendor.maxBodyBytes);
    if (fault?.kind === 'close' && fault.when === 'after-body') return close();
    const answered =
      fault?.kind === 'status'
        ? vendor.refusal(fault.status, 'The emulator was told to answer so')
        : take(body, { kind, url, headers: request.headers, ...orders(fault) });
    if (delay > 0) await pause(delay, response);
    if (fault?.kind === 'close') return close();
    const retryAfter = fault?.kind === 'status' ? fault.retryAfter : undefined;
    reply(answered, retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) });
  }

  function take(body: Awaited<ReturnType<typeof readBody>>, request: Omit<VendorRequest, keyof RequestText>): Answer {
    const encoding = request.headers['content-encoding'];
    const content = Buffer.isBuffer(body) ? textOf(body, encoding, vendor.maxBodyBytes) : body;
    if ('status' in content) {
      ledger.count('refused', content.reason);
      return vendor.refusal(content.status, content.message);
    }
    ledger.add('receivedBytes', content.received);
    ledger.add('uncompressedBytes', content.uncompressed);
    return vendor.take({ ...request, ...content });
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.destroyed || !request.complete) return ledger.add('abandoned');
      // A fault of the emulator itself: a test that meets it must fail, and say why.
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      response.destroy();
    });
  });
  // As load balancers do; with Node's own five seconds a client's idle connection is often closed just when it is used again.
  server.keepAliveTimeout = 60_000;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The emulator has no port');

  return {
    url: `http://127.0.0.1:${address.port}`,
    counters: () => ledger.counters(),
    acceptedIds: () => new Set(ledger.ids.ids()),
    timesAccepted: (id) => ledger.ids.times(id),
    timesReceived: (id) => ledger.ids.received(id),
    events: () => ledger.events(),
    setFaults,
    reset,
    async close() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function orders(fault: Strike['fault']): Pick<VendorRequest, 'refuseOneIn' | 'isOverQuota'> {
  return {
    refuseOneIn: fault?.kind === 'refuse-events' ? fault.oneIn : undefined,
    isOverQuota: fault?.kind === 'over-quota',
  };
}

/** Ends early when the client leaves, so that no timer holds up the end of the process. */
async function pause(milliseconds: number, response: ServerResponse): Promise<void> {
  if (response.destroyed) return;
  const left = new AbortController();
  const leave = () => left.abort();
  response.once('close', leave);
  await sleep(milliseconds, undefined, { signal: left.signal }).catch(() => undefined);
  response.off('close', leave);
}

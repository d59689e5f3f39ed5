/** Tries a destination's address and key, one step after the other, until one fails. */
import type { ProbeStep } from '../../shared/activities.ts';
import { resolveAllowed } from '../destinations/network-guard.ts';
import type { NetworkPolicy } from '../destinations/policy.ts';
import type { HttpClient } from './http-request.ts';
import { networkError, type SinkPlace } from './sink-failures.ts';

const STEP_TIMEOUT_MS = 20_000;

export interface SinkProbe {
  place: SinkPlace;
  origin: URL;
  policy: NetworkPolicy;
  http: HttpClient;
  /** @throws ExportError when the vendor refuses the key; whatever it throws else counts as a fault of the network */
  checkKey(signal: AbortSignal): Promise<void>;
}

export async function probeSink({ place, origin, policy, http, checkKey }: SinkProbe): Promise<ProbeStep[]> {
  const steps: [name: ProbeStep['step'], run: (signal: AbortSignal) => Promise<void>][] = [
    ['resolve', () => resolveAllowed(origin, policy)],
    [
      'connect',
      async (signal) => {
        // Any answer will do, a refusal too: only the way is tried.
        await http.ask({ method: 'HEAD', url: origin, signal });
      },
    ],
    ['key', checkKey],
  ];

  const results: ProbeStep[] = [];
  for (const [step, run] of steps) {
    const begun = performance.now();
    const elapsed = () => Math.round(performance.now() - begun);
    try {
      await run(AbortSignal.timeout(STEP_TIMEOUT_MS));
      results.push({ step, ok: true, milliseconds: elapsed() });
    } catch (error) {
      const { type, message, remedy } = networkError(error, place);
      results.push({ step, ok: false, failure: { type, message, remedy }, milliseconds: elapsed() });
      break;
    }
  }
  return results;
}

/** Agents that refuse forbidden addresses at the moment of connecting. Node's clients follow no redirects by themselves. */
import { lookup as systemLookup } from 'node:dns';
import { type AgentOptions, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { assertAddressesAllowed, assertLiteralAllowed } from './network-guard.ts';
import type { NetworkPolicy } from './policy.ts';

export interface GuardedAgents {
  httpAgent: HttpAgent;
  httpsAgent: HttpsAgent;
}

/** @param lookup replaced in tests */
export function guardedAgents(policy: NetworkPolicy, lookup: LookupFunction = systemLookup): GuardedAgents {
  // Above what one store ever has in flight at once; the SDK's own agents have 50.
  const options: AgentOptions = { keepAlive: true, maxSockets: 64 };
  const connectOptions = { ...options, lookup: guardedLookup(policy, lookup) };
  return {
    httpAgent: refuseLiterals(new HttpAgent(connectOptions), policy),
    httpsAgent: refuseLiterals(new HttpsAgent(connectOptions), policy),
  };
}

/** A lookup for `net.connect` that fails with NetworkRefusedError when any address of the name is forbidden. */
export function guardedLookup(policy: NetworkPolicy, lookup: LookupFunction = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found, family) => {
      if (error !== null) return callback(error, '', 0);
      const addresses = typeof found === 'string' ? [{ address: found, family: family ?? 4 }] : found;
      try {
        assertAddressesAllowed(
          hostname,
          addresses.map(({ address }) => address),
          policy,
        );
      } catch (refusal) {
        return callback(refusal instanceof Error ? refusal : new Error('refused'), '', 0);
      }
      const [first] = addresses;
      if (options.all === true || first === undefined) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** `net.connect` asks no lookup for IP addresses, so they are checked one step earlier. */
function refuseLiterals<A extends HttpAgent>(agent: A, policy: NetworkPolicy): A {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    assertLiteralAllowed(options.host ?? '', policy);
    return connect(options, callback);
  };
  return agent;
}

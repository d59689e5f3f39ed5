/** What goes wrong before a server has answered: codes of Node and OpenSSL. */
import { type FailureRule, serverOf } from './failure-rule.ts';

export const NETWORK_RULES: readonly FailureRule[] = [
  {
    // AbortError: our own time limits. A cancelled activity never comes here: its signal's reason goes on instead.
    codes: ['RequestTimeout', 'TimeoutError', 'ETIMEDOUT', 'ESOCKETTIMEDOUT', 'AbortError', 'ABORT_ERR'],
    statuses: [408, 504],
    type: 'DestinationBusy',
    message: (place) => `${serverOf(place)} does not answer in time`,
    remedy: 'Check that the worker can reach the endpoint (firewall, proxy) and that it is not overloaded.',
  },
  {
    codes: ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN'],
    type: 'DestinationBusy',
    message: (place) => `Nothing answers at ${serverOf(place)}`,
    remedy: 'Check host and port of the endpoint, and that the storage server is running.',
  },
  {
    codes: ['ECONNRESET', 'EPIPE', 'ECONNABORTED'],
    type: 'DestinationBusy',
    message: (place) => `The connection to ${serverOf(place)} was cut`,
    remedy: 'Nothing to do unless it stays: then look at proxies and firewalls between worker and storage.',
  },
  {
    // A name can be missing for minutes while a zone is changed; a misspelt one stays visible with this remedy while it is retried.
    codes: ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'ENODATA'],
    type: 'DestinationBusy',
    message: (place) => `The name of ${serverOf(place)} cannot be resolved`,
    remedy: "Check the spelling of the endpoint (and of the region), and the worker's name server.",
  },
  {
    codes: [
      'CERT_HAS_EXPIRED',
      'CERT_NOT_YET_VALID',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'HOSTNAME_MISMATCH',
    ],
    type: 'ConfigInvalid',
    message: (place) => `The certificate of ${serverOf(place)} is not trusted`,
    remedy: "Renew the certificate, or give the worker the authority's certificate with NODE_EXTRA_CA_CERTS.",
  },
  {
    codes: ['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_UNSUPPORTED_PROTOCOL'],
    type: 'ConfigInvalid',
    message: (place) => `${serverOf(place)} does not speak TLS (https) at this port`,
    remedy: 'Check port and protocol of the endpoint.',
  },
];

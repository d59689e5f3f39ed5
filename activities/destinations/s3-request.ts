/** Sends requests, translates their errors, and copes with servers that lack parts of the protocol. */
import { toDestinationError } from './destination-failures.ts';
import { factsOf } from './error-facts.ts';
import type { S3Features, S3Session } from './s3-session.ts';

/** Runs one request. @throws ExportError, or the signal's reason when it was aborted */
export async function request<T>(session: S3Session, run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await run();
  } catch (error) {
    signal?.throwIfAborted();
    throw toDestinationError(error, session.place);
  }
}

/** As `request`, for requests with optional features: drops what the server does not have, and remembers it for the session. */
export function requestWithFeatures<T>(
  session: S3Session,
  run: (features: S3Features) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const { features } = session;
  const attempt = async () => {
    let refusal: unknown;
    for (const candidate of fallbacksOf(features)) {
      try {
        const result = await run(candidate);
        Object.assign(features, candidate);
        return result;
      } catch (error) {
        if (!isUnsupported(error)) throw error;
        refusal ??= error;
      }
    }
    throw refusal;
  };
  return request(session, attempt, signal);
}

/** What to try in turn; checksums are given up first, because the signature covers the bytes as well. */
function fallbacksOf({ conditions, checksums }: S3Features): S3Features[] {
  return [
    { conditions, checksums },
    ...(checksums ? [{ conditions, checksums: false }] : []),
    ...(conditions ? [{ conditions: false, checksums }] : []),
    ...(conditions && checksums ? [{ conditions: false, checksums: false }] : []),
  ];
}

/** Amazon's code for it is NotImplemented; others call the header an invalid argument. */
function isUnsupported(error: unknown): boolean {
  const { code, status, words } = factsOf(error);
  if (status === 501 || code === 'NotImplemented') return true;
  return /^Invalid(Argument|Request)$/.test(code) && /x-amz-checksum|x-amz-sdk-checksum|if-none-match/.test(words);
}

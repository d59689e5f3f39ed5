/** What can safely be known of an error from the AWS SDK, Node or a server that only claims to speak S3. */
import { z } from 'zod';
import { retryAfterMs } from '../retry-after.ts';

export interface ErrorFacts {
  /** The server's error code (`NoSuchBucket`), Node's (`ECONNREFUSED`), or the error's name. Never free text. */
  code: string;
  status: number | undefined;
  requestId: string | undefined;
  /** The region in which the bucket really is, where the answer says so. */
  bucketRegion: string | undefined;
  retryAfterMs: number | undefined;
  /** The server's words, in lower case: to be searched, never shown, because they quote keys and signing strings. */
  words: string;
}

const text = z.string().optional().catch(undefined);

const errorShape = z.object({
  name: text,
  code: text,
  message: text,
  Region: text,
  $metadata: z.object({ httpStatusCode: z.number().optional(), requestId: text }).optional().catch(undefined),
  $response: z
    .object({ statusCode: z.number().optional(), headers: z.record(z.string(), z.unknown()) })
    .optional()
    .catch(undefined),
});

export function factsOf(error: unknown): ErrorFacts {
  const parsed = errorShape.safeParse(error);
  const found = parsed.success ? parsed.data : {};
  const headers = z
    .record(z.string(), text)
    .catch({})
    .parse(found.$response?.headers ?? {});
  const words = found.message ?? '';
  return {
    code: codeOf(found),
    status: found.$metadata?.httpStatusCode ?? found.$response?.statusCode,
    requestId: safe(found.$metadata?.requestId, /^[A-Za-z0-9_/+=-]{1,128}$/),
    bucketRegion: safe(
      headers['x-amz-bucket-region'] ?? found.Region ?? /expecting '([^']*)'/.exec(words)?.[1],
      /^[a-z0-9-]{2,40}$/,
    ),
    retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()),
    words: words.toLowerCase(),
  };
}

/** Node's codes first: the SDK renames some of those errors to TimeoutError. */
function codeOf({ code, name }: { code?: string | undefined; name?: string | undefined }): string {
  return safe(code, CODE) ?? safe(name, CODE) ?? 'Unknown';
}

// A server may write anything into its code, and so may somebody who wants to bring text before our users' eyes.
const CODE = /^[A-Za-z0-9._]{1,64}$/;

function safe(value: string | undefined, form: RegExp): string | undefined {
  return value !== undefined && form.test(value) ? value : undefined;
}

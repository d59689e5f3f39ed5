/** Destinations that take files. */
import { z } from 'zod';

/** Bucket names as S3 defines them. */
export const bucket = z
  .string()
  .regex(
    /^(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    '3 to 63 of lower-case letters, digits, single dots and hyphens, beginning and ending with a letter or digit, no IP address',
  );

/** The closed character set keeps keys readable in every tool; `=` is needed for hive-style prefixes. */
export const prefix = z
  .string()
  .max(512)
  .regex(/^[A-Za-z0-9!_.*'()=/-]*$/, "only letters, digits and ! _ . * ' ( ) = / -")
  .refine((text) => text === '' || text.endsWith('/'), 'prefix must end with "/", for example "exports/"')
  .refine(
    (text) => !text.startsWith('/') && !text.includes('//') && !text.split('/').some((part) => /^\.\.?$/.test(part)),
    'must not begin with "/", hold "//" or a folder "." or ".."',
  )
  .default('');

const roleArn = z
  .string()
  .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'a role ARN: arn:aws:iam::<12 digits>:role/<name>');

/** How the worker proves itself to an S3 destination. */
function s3Credentials<S extends z.ZodType<string, string>>(secret: S) {
  return z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('static'), accessKeyId: z.string().min(1).max(256), secretAccessKey: secret }),
    /** The external id is issued by us from project and integration; it cannot be chosen. */
    z.strictObject({ kind: z.literal('assume_role'), roleArn }),
    /** Only where the operator allows it for this bucket and prefix. */
    z.strictObject({ kind: z.literal('worker_role') }),
  ]);
}

const serverSideEncryption = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({ kind: z.literal('AES256') }),
    z.strictObject({ kind: z.literal('aws:kms'), keyId: z.string().min(1).max(2048) }),
  ])
  .default({ kind: 'none' });

/** The address of an S3 server. */
export const endpoint = z
  .url({ protocol: /^https?$/, error: 'a URL such as https://s3.example.com' })
  .refine((text) => !/\s/.test(text), 'must hold no spaces')
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url !== undefined && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  }, 'must hold no user, password, query or fragment');

export const region = z.string().regex(/^[a-z0-9-]{2,40}$/, 'for example us-east-1, or auto');

/** Amazon S3 and what speaks its protocol. */
export function s3Schema<S extends z.ZodType<string, string>>(secret: S) {
  return z
    .strictObject({
      kind: z.literal('s3'),
      provider: z.enum(['aws', 's3_compatible']),
      bucket,
      /** S3 compatible only. Plain http only where the operator allows it (checked by the worker). */
      endpoint: endpoint.optional(),
      /** AWS: the bucket's region. S3 compatible servers mostly ignore it. */
      region: region.default('us-east-1'),
      /** Default: on for endpoints whose host is an IP address or "localhost". */
      forcePathStyle: z.boolean().optional(),
      prefix,
      credentials: s3Credentials(secret),
      serverSideEncryption,
    })
    .superRefine((value, context) => {
      if (value.provider === 's3_compatible' && value.endpoint === undefined) {
        context.addIssue({
          code: 'custom',
          path: ['endpoint'],
          message: 'an S3 compatible destination needs its endpoint, for example https://s3.example.com',
        });
      }
      if (value.provider === 'aws' && (value.endpoint !== undefined || value.forcePathStyle !== undefined)) {
        context.addIssue({
          code: 'custom',
          path: ['endpoint'],
          message: 'Amazon S3 takes no endpoint and no path style: choose "S3 compatible"',
        });
      }
    });
}

export type S3Destination = z.output<ReturnType<typeof s3Schema>>;

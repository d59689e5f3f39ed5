/** Sizes of the parts of a multipart upload. Pure arithmetic. */
const MIB = 2 ** 20;

/** Limits of S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html (compatible servers have the same or higher ones). */
export const MAX_PARTS = 10_000;
export const MAX_PART_BYTES = 5 * 2 ** 30;
export const MAX_OBJECT_BYTES = 5 * 2 ** 40;

/** S3 allows 5 MiB; 8 MiB costs little memory, and 5,000 such parts are 39 GiB. */
export const MIN_PART_BYTES = 8 * MIB;

/** So many parts are equally large, as Cloudflare R2 demands of all parts but the last; an object of 1.25 times the estimate fits. */
const EVEN_PARTS = 5_000;
const PARTS_FOR_ESTIMATE = 4_000;
/** Where the estimate was wrong by more, the size doubles after each further run of this many parts. */
const RUN = 500;

/**
 * The size of part `number` (from 1), in bytes. The 10,000 parts together hold more than the largest object that S3 takes,
 * whatever the estimate was, so an upload can run into the limit of the object's size only.
 */
export function partSize(number: number, expectedBytes: number): number {
  const even = Math.max(MIN_PART_BYTES, Math.ceil(expectedBytes / PARTS_FOR_ESTIMATE / MIB) * MIB);
  const doublings = Math.max(0, Math.ceil((number - EVEN_PARTS) / RUN));
  return Math.min(even * 2 ** doublings, MAX_PART_BYTES);
}

/** How many parts of this size may be in flight: three, fewer where they would take more than 64 MiB. One more part is being filled. */
export function partsInFlight(bytes: number): number {
  return Math.min(3, Math.max(1, Math.floor((64 * MIB) / bytes)));
}

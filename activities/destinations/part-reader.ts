/** Cuts a stream into the parts of an upload, in buffers that are used again, so that memory stays flat over any length. */

/** One part in memory. Its buffer belongs to the receiver until `release()`. */
export interface BodyPart {
  /** From 1. */
  number: number;
  bytes: Buffer;
  /** True for exactly one part, the last; it may be short, and is empty only when the whole body is. */
  last: boolean;
  /** Gives the buffer back for a later part; `bytes` must not be read afterwards. */
  release(): void;
}

/** @param sizeOf bytes of the part with this number */
export async function* readParts(
  body: AsyncIterable<string | Uint8Array>,
  sizeOf: (number: number) => number,
): AsyncGenerator<BodyPart, void, void> {
  const free: PartBuffer[] = [];
  let number = 1;
  let part = new PartBuffer(sizeOf(number));
  const present = (filled: PartBuffer, last: boolean): BodyPart => ({
    number,
    bytes: filled.bytes(),
    last,
    release: () => free.push(filled),
  });

  for await (const chunk of body) {
    // A string has fewer characters than bytes.
    let rest: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    while (rest.length > 0) {
      // A full part waits for one more byte: until then it may be the last one.
      if (part.isFull()) {
        yield present(part, false);
        number++;
        part = free.pop() ?? new PartBuffer(sizeOf(number));
        part.reset(sizeOf(number));
      }
      rest = rest.subarray(part.append(rest));
    }
  }
  yield present(part, true);
}

const FIRST_CAPACITY = 64 * 1024;

/** Grows up to the size of a part, because most objects are far smaller than one. */
class PartBuffer {
  #limit: number;
  #length = 0;
  #buffer: Buffer;

  constructor(limit: number) {
    this.#limit = limit;
    this.#buffer = Buffer.allocUnsafe(Math.min(limit, FIRST_CAPACITY));
  }

  reset(limit: number): void {
    this.#limit = limit;
    this.#length = 0;
  }

  isFull(): boolean {
    return this.#length === this.#limit;
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Returns how many bytes of `chunk` it took. */
  append(chunk: Uint8Array): number {
    const taken = Math.min(chunk.length, this.#limit - this.#length);
    this.#reserve(this.#length + taken);
    this.#buffer.set(chunk.subarray(0, taken), this.#length);
    this.#length += taken;
    return taken;
  }

  #reserve(capacity: number): void {
    if (capacity <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.min(this.#limit, Math.max(capacity, this.#buffer.length * 2)));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

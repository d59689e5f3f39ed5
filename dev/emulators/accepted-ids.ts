/** What de-duplication looks at beside the id. */
export interface DedupKey {
  event: string;
  distinctId: string;
  /** A whole number: milliseconds, or days, as the vendor compares times. */
  time: number;
}

/** The ids that were accepted, with how often, in about 100 bytes an id. */
export class AcceptedIds {
  // Several maps, because one holds no more than 2^24 ids and stops for long when it grows.
  readonly #first = Array.from({ length: 16 }, () => new Map<string, number>());
  /** How often they came, of those ids only that came more than once. */
  readonly #received = new Map<string, number>();
  /** Hashes of all keys, of those ids only that came with different ones. */
  readonly #keys = new Map<string, number[]>();
  #different = 0;

  /** True when the vendor would show an event more than before: the id is new, or came with another key. */
  add(id: string, key: DedupKey): boolean {
    const hash = hashOf(key);
    const map = this.#mapOf(id);
    const before = map.get(id);
    if (before === undefined) {
      map.set(id, hash);
      this.#different++;
      return true;
    }
    this.#received.set(id, (this.#received.get(id) ?? 1) + 1);
    if (hash === before) return false;
    const keys = this.#keys.get(id) ?? [before];
    if (keys.includes(hash)) return false;
    this.#keys.set(id, [...keys, hash]);
    this.#different++;
    return true;
  }

  /** Events after de-duplication. */
  get different(): number {
    return this.#different;
  }

  /** How many events the vendor would show for the id: 1 as long as its key never changed, 0 when it never came. */
  times(id: string): number {
    return this.#keys.get(id)?.length ?? (this.#mapOf(id).has(id) ? 1 : 0);
  }

  /** How often it was accepted, repetitions included. */
  received(id: string): number {
    return this.#received.get(id) ?? (this.#mapOf(id).has(id) ? 1 : 0);
  }

  *ids(): Generator<string, void, void> {
    for (const map of this.#first) yield* map.keys();
  }

  clear(): void {
    for (const map of this.#first) map.clear();
    this.#received.clear();
    this.#keys.clear();
    this.#different = 0;
  }

  #mapOf(id: string): Map<string, number> {
    const [first = new Map<string, number>()] = this.#first;
    // The last character of a uuid is random.
    return this.#first[id.charCodeAt(id.length - 1) & 15] ?? first;
  }
}

/** A whole number of 32 bits: V8 keeps it in the map itself, where the texts would need an object for each id. */
function hashOf({ event, distinctId, time }: DedupKey): number {
  let hash = Math.imul(time % 2 ** 32, 16_777_619) ^ Math.floor(time / 2 ** 32);
  for (let index = 0; index < event.length; index++) hash = Math.imul(hash ^ event.charCodeAt(index), 16_777_619);
  hash = Math.imul(hash ^ 0xffff, 16_777_619);
  for (let index = 0; index < distinctId.length; index++) {
    hash = Math.imul(hash ^ distinctId.charCodeAt(index), 16_777_619);
  }
  return hash | 0;
}

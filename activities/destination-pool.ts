import type { StoreOwner } from './dependencies.ts';

/** What can be pooled: its functions must not depend on `this`. */
interface Closable {
  close(): void;
}

/** Destinations that stay open between activities: connections, assumed roles and what was learned of a server are worth keeping. */
export interface DestinationPool<T> {
  /** A destination of its own or a shared one; `close()` gives it back. */
  open(owner: StoreOwner): Promise<T>;
  close(): void;
}

interface Pooled<T> {
  destination: T;
  users: number;
  closing?: NodeJS.Timeout;
}

/**
 * @param open opens a destination; throws ExportError
 * @param idleMs one that nobody uses is closed after this time
 */
export function createDestinationPool<T extends Closable>(
  open: (owner: StoreOwner) => T,
  idleMs = 60_000,
): DestinationPool<T> {
  const opened = new Map<string, Pooled<T>>();

  const giveBack = (key: string, pooled: Pooled<T>) => {
    pooled.users -= 1;
    if (pooled.users > 0) return;
    pooled.closing = setTimeout(() => {
      opened.delete(key);
      pooled.destination.close();
    }, idleMs).unref();
  };

  return {
    async open(owner) {
      // The whole destination, sealed secret included: whatever is changed leads to another one.
      const key = JSON.stringify([owner.projectId, owner.integrationId, owner.config.destination]);
      const pooled: Pooled<T> = opened.get(key) ?? { destination: open(owner), users: 0 };
      clearTimeout(pooled.closing);
      pooled.users += 1;
      opened.set(key, pooled);
      let isOpen = true;
      const close = () => {
        if (isOpen) giveBack(key, pooled);
        isOpen = false;
      };
      return { ...pooled.destination, close };
    },
    close() {
      for (const { destination, closing } of opened.values()) {
        clearTimeout(closing);
        destination.close();
      }
      opened.clear();
    },
  };
}

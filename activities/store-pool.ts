import type { StoreOwner } from './dependencies.ts';
import type { ObjectStore } from './destinations/object-store.ts';

/** Stores that stay open between activities: connections, assumed roles and what was learned of a server are worth keeping. */
export interface StorePool {
  /** A store of its own or a shared one; `close()` gives it back. */
  openStore(owner: StoreOwner): Promise<ObjectStore>;
  close(): void;
}

interface Pooled {
  store: ObjectStore;
  users: number;
  closing?: NodeJS.Timeout;
}

/**
 * @param open opens a store; throws ExportError
 * @param idleMs a store that nobody uses is closed after this time
 */
export function createStorePool(open: (owner: StoreOwner) => ObjectStore, idleMs = 60_000): StorePool {
  const stores = new Map<string, Pooled>();

  const giveBack = (key: string, pooled: Pooled) => {
    pooled.users -= 1;
    if (pooled.users > 0) return;
    pooled.closing = setTimeout(() => {
      stores.delete(key);
      pooled.store.close();
    }, idleMs).unref();
  };

  return {
    async openStore(owner) {
      // The whole destination, sealed secret included: whatever is changed leads to another store.
      const key = JSON.stringify([owner.projectId, owner.integrationId, owner.config.destination]);
      const pooled: Pooled = stores.get(key) ?? { store: open(owner), users: 0 };
      clearTimeout(pooled.closing);
      pooled.users += 1;
      stores.set(key, pooled);
      let isOpen = true;
      const close = () => {
        if (isOpen) giveBack(key, pooled);
        isOpen = false;
      };
      return { ...pooled.store, close };
    },
    close() {
      for (const { store, closing } of stores.values()) {
        clearTimeout(closing);
        store.close();
      }
      stores.clear();
    },
  };
}

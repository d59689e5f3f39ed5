import { CancellationScope } from '@temporalio/workflow';

/**
 * Runs `work` over a queue that may grow while it runs, at most `width` at once. The first failure cancels the others; `done` rejects with
 * it when all have ended, so that nothing runs on behind the caller's back.
 */
export function runBounded<T>(
  items: readonly T[],
  width: number,
  work: (item: T, enqueue: (more: T[]) => void) => Promise<void>,
): { done: Promise<void>; remaining: () => number } {
  const queue = [...items];
  let running = 0;
  const enqueue = (more: T[]) => queue.unshift(...more);
  const done = CancellationScope.cancellable(async () => {
    const scope = CancellationScope.current();
    let failed: { error: unknown } | undefined;
    const worker = async (): Promise<void> => {
      for (let item = queue.shift(); item !== undefined && failed === undefined; item = queue.shift()) {
        running += 1;
        try {
          await work(item, enqueue);
        } catch (error) {
          failed ??= { error };
          scope.cancel();
        } finally {
          running -= 1;
        }
      }
    };
    await Promise.all(Array.from({ length: width }, worker));
    if (failed !== undefined) throw failed.error;
  });
  return { done, remaining: () => queue.length + running };
}

/**
 * Commits whose end may be unknown: a server can have written a batch whose answer was lost on the way.
 *
 * Such a write is reported as failed, which is the safe side for its caller. But its counters are taken, and a writer
 * that used them again would fork its own history. So after every failure, and before anything else is written, it is
 * looked up what is stored and had not been acknowledged.
 */
import type { InStatement } from "@libsql/client";
import type { StoredEntry } from "./feed.ts";
import type { NewRow, Store } from "./store.ts";

/**
 * @param takeIn is given what turned out to be stored, in commit order.
 * @param wroteOtherwise whether the last write can be seen on disk by something else than its entries: it may have none.
 */
export function createCommits(
  store: Store,
  takeIn: (unseen: readonly StoredEntry[]) => void,
  wroteOtherwise: () => Promise<boolean>,
) {
  let inDoubt = false;

  async function catchUp(): Promise<number> {
    const unseen = await store.takeUnseen();
    const written = unseen.length > 0 || (await wroteOtherwise());
    inDoubt = false;
    if (written) takeIn(unseen);
    return unseen.length;
  }

  return {
    /** Rejects while the store cannot be asked, and where what was drawn meanwhile may be on counters that were taken. */
    async settleDoubt(): Promise<void> {
      if (inDoubt && (await catchUp()) > 0) {
        throw new Error(
          "an earlier write that was reported as failed had succeeded: nothing was written, ask again",
        );
      }
    },

    async commit(rows: readonly NewRow[], also: readonly InStatement[]): Promise<void> {
      try {
        await store.commit(rows, also);
      } catch (cause) {
        inDoubt = true;
        // A server that cannot be asked now is asked before the next write.
        await catchUp().catch(() => 0);
        throw cause;
      }
    },
  };
}

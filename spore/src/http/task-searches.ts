/**
 * What searching tasks by words may cost this spore: one bucket for each caller without authority, whichever way it
 * asks (`GET /api/tasks?q=`, the MCP tool `list_tasks`).
 */
import { RateLimit } from "../gossip/rate-limit.ts";
import { HttpError } from "./errors.ts";

/** As many as a person types, and no more of this spore's time. */
export const SEARCHES = { burst: 30, perSecond: 2 };

export class TaskSearches {
  private readonly limit = new RateLimit(SEARCHES);
  private readonly now: () => number;

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.now = now;
  }

  /**
   * Takes one search from the caller's bucket.
   *
   * @param caller the share it is charged to (caller-share.ts)
   * @throws HttpError too_many_requests, with the seconds to wait, where the bucket is empty
   */
  spend(caller: string): void {
    const waitS = this.limit.waitS(caller, this.now());
    if (waitS > 0) {
      throw new HttpError("too_many_requests", `too many searches: wait ${waitS} s`, {
        "retry-after": String(waitS),
      });
    }
    this.limit.spend(caller, 1, this.now());
  }
}

/**
 * The list of tasks, and what searching it by words may cost this spore: one bucket for each caller without authority,
 * whichever way it asks (`GET /api/tasks?q=`, the MCP tool `list_tasks`).
 */
import { RateLimit } from "../gossip/rate-limit.ts";
import type { TaskFilter, TaskIndex } from "../reasoning/task-index.ts";
import type { HttpDeps } from "./deps.ts";
import { HttpError } from "./errors.ts";

/** As many as a person types, and no more of this spore's time. */
export const SEARCHES = { burst: 30, perSecond: 2 };

export class TaskSearches {
  private readonly limit = new RateLimit(SEARCHES);
  private readonly deps: Pick<HttpDeps, "tasks" | "now">;

  constructor(deps: Pick<HttpDeps, "tasks" | "now">) {
    this.deps = deps;
  }

  /**
   * @param caller the share that a search without authority is charged to (caller-share.ts)
   * @throws HttpError too_many_requests, with the seconds to wait, where its bucket is empty
   */
  async list(
    filter: Omit<TaskFilter, "publicOnly">,
    { authorised, caller }: { readonly authorised: boolean; readonly caller: string },
  ): ReturnType<TaskIndex["list"]> {
    if (!authorised && typeof filter.text === "string") this.spend(caller);
    return await this.deps.tasks.list({ ...filter, publicOnly: !authorised });
  }

  private spend(caller: string): void {
    const now = this.deps.now();
    const waitS = this.limit.waitS(caller, now);
    if (waitS > 0) {
      throw new HttpError("too_many_requests", `too many searches: wait ${waitS} s`, {
        "retry-after": String(waitS),
      });
    }
    this.limit.spend(caller, 1, now);
  }
}

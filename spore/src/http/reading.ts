/** What HTTP routes and MCP tools read the same way: only what this caller may see. */
import type { Label } from "@synapse/shared/contract/label.ts";
import type { SearchResult, TaskDetail } from "@synapse/shared/contract/status.ts";
import { isEntryId } from "@synapse/shared/ids.ts";
import type { Progress } from "../reasoning/rounds.ts";
import type { TaskState } from "../reasoning/task-state.ts";
import { toInstant, toTaskDetail } from "../reasoning/task-view.ts";
import type { StoredEntry } from "../replica/feed.ts";
import type { RecallHit } from "../retrieval/recall.ts";
import type { HttpDeps } from "./deps.ts";
import { HttpError } from "./errors.ts";

export interface FoundTask {
  readonly state: TaskState;
  readonly progress: Progress;
  /** The cited entries, as far as this spore holds them. */
  readonly sources: readonly StoredEntry[];
}

/** A task that may not be seen does not exist. */
export async function lookForTask(deps: HttpDeps, id: string, authorised: boolean): Promise<FoundTask> {
  const found = isEntryId(id) ? await deps.board.look(id) : null;
  const label: Label | undefined = found?.state.task.entry.label;
  if (found === null || (label !== "public" && !authorised)) {
    throw new HttpError("not_found", "no task with this id is known here, or it needs the operator's token");
  }
  const ids = found.state.answer?.synthesis.entry.body.citations.map((citation) => citation.id) ?? [];
  return { ...found, sources: await deps.store.get(ids) };
}

export async function taskDetail(deps: HttpDeps, id: string, authorised: boolean): Promise<TaskDetail> {
  const { state, progress, sources } = await lookForTask(deps, id, authorised);
  return toTaskDetail(state, progress, new Map(sources.map((one) => [one.id, one])), deps.nameOf);
}

export function toSearchResult(deps: HttpDeps, hit: RecallHit, explain: boolean): SearchResult {
  return {
    id: hit.id,
    content: hit.content,
    score: hit.score,
    author: hit.author,
    spore: deps.nameOf(hit.author),
    kind: hit.kind,
    label: hit.label,
    created_at: toInstant(hit.createdAt),
    ...(hit.metadata ? { metadata: hit.metadata } : {}),
    ...(explain ? { explain: hit.explain } : {}),
  };
}

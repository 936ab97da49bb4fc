/** What HTTP routes and MCP tools read the same way: only what this caller may see. */
import { contentOf, isKind, KINDS, type Kind } from "@synapse/shared/contract/entry.ts";
import { LABELS, type Label } from "@synapse/shared/contract/label.ts";
import type { SearchResult, TaskDetail } from "@synapse/shared/contract/status.ts";
import { isEntryId, isPublicKey, type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import type { Receipt } from "@synapse/shared/receipt.ts";
import { z } from "zod";
import { toReceipt } from "../reasoning/receipt.ts";
import type { Progress } from "../reasoning/rounds.ts";
import type { TaskState } from "../reasoning/task-state.ts";
import { toInstant, toTaskDetail } from "../reasoning/task-view.ts";
import type { StoredEntry } from "../replica/feed.ts";
import { type RecallHit, type RecallQuery, RecallUnavailable } from "../retrieval/recall.ts";
import type { TrustQuery, TrustReport } from "../trust/trust-report.ts";
import { demandAuthority } from "./authority.ts";
import type { HttpDeps } from "./deps.ts";
import { HttpError } from "./errors.ts";
import { timeParameter } from "./parameters.ts";

/** Kinds a search finds unless it names one: what was remembered or concluded, not the debate on the way. */
export const SEARCHED_KINDS: readonly Kind[] = ["memory", "thought", "synthesis"];
/** Characters of a query that is taken: more than 100 KB; the index reads the head and the tail of a long one. */
export const QUERY_CHARS_MAX = 131_072;
/** Tokens of a window: one sentence to more than a model takes at once. */
export const BUDGET_MIN = 50;
export const BUDGET_MAX = 32_000;
/** `collective` is what is shared with anybody at all: cluster and public together. */
export const LAYERS = ["private", "collective", "cluster", "public"] as const;
export type Layer = (typeof LAYERS)[number];

/** What this caller may read, from a layer's name; asking for more than that is refused, not quietly narrowed. */
export function labelsFor(layer: Layer | undefined, authorised: boolean): Label[] {
  if (layer === "private" || layer === "cluster") demandAuthority(authorised);
  if (!authorised) return ["public"];
  if (layer === undefined) return [...LABELS];
  return layer === "collective" ? ["cluster", "public"] : [layer];
}

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

/** @throws HttpError `conflict` while the task has no answer. */
export async function receiptOf(deps: HttpDeps, id: string, authorised: boolean): Promise<Receipt> {
  const { state, sources } = await lookForTask(deps, id, authorised);
  const named = state.answer?.synthesis.entry.body.weights.flatMap(({ evidence }) => evidence) ?? [];
  // Evidence may be more restricted than a public task that others weighed by it: then it is named and not enclosed.
  const evidence = (await deps.store.get(named)).filter(
    ({ entry }) => authorised || entry.label === "public",
  );
  const receipt = toReceipt(
    state,
    { sources, evidence },
    {
      key: deps.key,
      certificateOf: deps.replica.certificateOf,
      now: deps.now(),
    },
  );
  if (receipt === null) throw new HttpError("conflict", "the task has no answer yet, so there is no receipt");
  return receipt;
}

/** What narrows a search, the same over HTTP and MCP. */
export const filterParameters = {
  kind: z.enum(KINDS as [Kind, ...Kind[]]).optional(),
  author: z.string().max(100).optional().describe("Key or name of a spore"),
  task: z.string().max(64).optional().describe("Id of a task: what belongs to it"),
  from: timeParameter.optional(),
  to: timeParameter.optional(),
};

/** @returns null where nothing can be found: no such author is known. @throws HttpError `invalid` for what is no task id. */
export function filtersOf(
  deps: HttpDeps,
  { kind, author, task, from, to }: z.infer<z.ZodObject<typeof filterParameters>>,
): Pick<RecallQuery, "kinds" | "author" | "task" | "from" | "to"> | null {
  if (task !== undefined && !isEntryId(task)) throw new HttpError("invalid", "task: is not a task id");
  const key = author === undefined ? undefined : authorKey(deps, author);
  if (key === null) return null;
  return {
    ...(kind === undefined ? {} : { kinds: [kind] }),
    ...(key === undefined ? {} : { author: key }),
    ...(task === undefined ? {} : { task }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

/** An author is named by key or by spore name; null when no such spore is known. */
function authorKey(deps: HttpDeps, author: string): PublicKey | null {
  if (isPublicKey(author)) return author;
  const peer = [deps.replica.self, ...deps.livePeers().map(({ certificate }) => certificate)].find(
    ({ name }) => name === author,
  );
  return peer?.spore ?? null;
}

async function answered<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (cause) {
    throw cause instanceof RecallUnavailable ? new HttpError("storage", cause.message) : cause;
  }
}

export interface Found {
  readonly results: SearchResult[];
  /** With a budget: what the results cost, estimated. */
  readonly tokens?: number;
}

/**
 * The best `k`, best first; a query without a word finds nothing. With a budget of tokens instead the passages of most value
 * per token that fit it; each names the entries that it joins.
 */
export async function recallMemories(
  deps: HttpDeps,
  query: RecallQuery,
  { budget, explain = false }: { readonly budget?: number | undefined; readonly explain?: boolean },
): Promise<Found> {
  const asked = { kinds: SEARCHED_KINDS, ...query };
  if (budget !== undefined) {
    const { passages, tokens } = await answered(deps.recall.window(asked, budget));
    const results = passages.map((passage) => ({
      ...toSearchResult(deps, passage, explain),
      members: passage.members.map(({ id }) => id),
    }));
    return { results, tokens };
  }
  if (query.text.trim() === "") return { results: [] };
  const hits = await answered(deps.recall.search(asked));
  return { results: hits.map((hit) => toSearchResult(deps, hit, explain)) };
}

function toSearchResult(deps: HttpDeps, hit: RecallHit, explain: boolean): SearchResult {
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
    ...(explain ? { explain: hit.explain, before: [...hit.before], after: [...hit.after] } : {}),
  };
}

/** What a list shows of an entry; the content is added where it is wanted. */
export function entryBrief(deps: HttpDeps, one: StoredEntry) {
  const author = replicaKey(one.entry.replica);
  return {
    id: one.id,
    kind: one.entry.kind,
    label: one.entry.label,
    author,
    spore: deps.nameOf(author),
    created_at: toInstant(one.entry.clock[0]),
    ...(isKind(one, "memory") && one.entry.body.metadata ? { metadata: one.entry.body.metadata } : {}),
  };
}

/** The whole signed entry with its parents; one that may not be seen does not exist. */
export async function entryDetail(deps: HttpDeps, id: string, authorised: boolean) {
  const { replica, store } = deps;
  const mayRead = (one: StoredEntry): boolean => one.entry.label === "public" || authorised;
  const [found] = isEntryId(id) ? await store.get([id]) : [];
  if (found === undefined || !mayRead(found)) {
    throw new HttpError("not_found", "no entry with this id is known here, or it needs the operator's token");
  }
  const parents = (await store.get([...found.entry.parents])).filter(mayRead);
  const children = await store.get(await store.children(found.id));
  return {
    ...entryBrief(deps, found),
    entry: found.entry,
    signature: found.signature,
    certificate: replica.certificateOf(replicaKey(found.entry.replica)),
    visible: replica.isVisible(found),
    parents: parents.map((one) => ({ ...entryBrief(deps, one), content: contentOf(one.entry) })),
    missing_parents: found.entry.parents.length - parents.length,
    children: children.filter(mayRead).map((one) => entryBrief(deps, one)),
  };
}

/** What this spore holds of its peers' reliability; of one spore also what that rests on. */
export function trustState(deps: HttpDeps, query: TrustQuery): TrustReport {
  const { subject } = query;
  const report = deps.trust.report(query);
  if (subject !== null && report.peers.length === 0) {
    throw new HttpError(
      "not_found",
      "no spore with this key or name is known here: GET /api/trust lists them",
    );
  }
  return report;
}

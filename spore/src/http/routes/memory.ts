/** Memories: remember, search, look. */

import {
  CONTENT_CHARS_MAX,
  contentOf,
  entryIdSchema,
  isKind,
  KINDS,
  type Kind,
  metadataSchema,
} from "@synapse/shared/contract/entry.ts";
import { LABELS, type Label, labelSchema } from "@synapse/shared/contract/label.ts";
import { memoryOverviewSchema, searchSchema } from "@synapse/shared/contract/status.ts";
import { type EntryId, isEntryId, isPublicKey, type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import { Elysia } from "elysia";
import { z } from "zod";
import { toInstant } from "../../reasoning/task-view.ts";
import type { StoredEntry } from "../../replica/feed.ts";
import { splitContent } from "../../replica/split-content.ts";
import type { HttpDeps } from "../deps.ts";
import { documented } from "../documented.ts";
import { HttpError } from "../errors.ts";
import { createIdempotency } from "../idempotency.ts";
import { timeParameter } from "../parameters.ts";
import { toSearchResult } from "../reading.ts";
import { append, requireAuthority } from "../writing.ts";

/** Memories in one request; a longer list is sent in parts. */
const BATCH_MAX = 1_000;
/** Characters of a query that are looked at. */
const QUERY_CHARS_MAX = 100_000;
const RECENT = 20;
/** Kinds a search finds unless it names one: what was remembered or concluded, not the debate on the way. */
const SEARCHED_KINDS: readonly Kind[] = ["memory", "thought", "synthesis"];

const newMemory = z.strictObject({
  content: z.string(),
  label: labelSchema.optional(),
  metadata: metadataSchema.optional(),
  sequence: z.strictObject({ document: z.string().min(1).max(200), index: z.int().min(0) }).optional(),
});
const newMemories = z.union([
  newMemory,
  z.strictObject({ memories: z.array(newMemory).min(1).max(BATCH_MAX), label: labelSchema.optional() }),
]);

const searchQuery = z.object({
  q: z.string().max(QUERY_CHARS_MAX).default(""),
  k: z.coerce.number().int().min(1).max(100).default(10),
  layer: z.enum(["private", "collective", "cluster", "public"]).optional(),
  explain: z.enum(["true", "false", "1", "0"]).optional(),
  mode: z.enum(["precise", "explore"]).optional(),
  kind: z.enum(KINDS as [Kind, ...Kind[]]).optional(),
  author: z.string().max(100).optional(),
  task: z.string().max(64).optional(),
  from: timeParameter.optional(),
  to: timeParameter.optional(),
});

export function memoryRoutes(deps: HttpDeps) {
  const { access, store, replica, recall } = deps;
  const once = createIdempotency(store, deps.now);

  /** What this caller may read, from a layer's name; asking for more than that is refused, not quietly narrowed. */
  function labelsFor(request: Request, layer: z.infer<typeof searchQuery>["layer"]): Label[] {
    if (access.isAuthorised(request)) {
      if (layer === undefined) return [...LABELS];
      return layer === "collective" ? ["cluster", "public"] : [layer];
    }
    if (layer === "private" || layer === "cluster") requireAuthority(deps, request);
    return ["public"];
  }

  function mayRead(entry: StoredEntry, request: Request): boolean {
    return entry.entry.label === "public" || access.isAuthorised(request);
  }

  return new Elysia()
    .post(
      "/api/memory",
      async ({ body, request, set }) => {
        requireAuthority(deps, request);
        const fallback = ("memories" in body ? body.label : undefined) ?? "cluster";
        const items = "memories" in body ? body.memories : [body];
        const empty = items.findIndex(({ content }) => content.trim() === "");
        if (empty >= 0) throw new HttpError("invalid", `memories.${empty}.content: is empty`);
        const reply = await once("memory", request.headers.get("idempotency-key"), body, async () => {
          const drafts = items.flatMap((item) => toDrafts(item, item.label ?? fallback));
          return { ids: (await append(deps, drafts)).map(({ id }) => id) };
        });
        set.status = 201;
        return reply;
      },
      {
        body: newMemories,
        detail: documented(
          {
            summary: "Remember",
            authorised: true,
            status: 201,
            description: `Answered once it is durable. Text over ${CONTENT_CHARS_MAX} characters becomes several memories in sequence.`,
          },
          z.object({ ids: z.array(entryIdSchema) }),
        ),
      },
    )
    .get(
      "/api/memory/search",
      async ({ query, request }) => {
        const started = performance.now();
        const labels = labelsFor(request, query.layer);
        if (query.task !== undefined && !isEntryId(query.task))
          throw new HttpError("invalid", "task: is not a task id");
        const author = query.author === undefined ? undefined : authorKey(deps, query.author);
        const hits =
          query.q.trim() === "" || author === null
            ? []
            : await recall.search({
                text: query.q,
                k: query.k,
                labels,
                kinds: query.kind ? [query.kind] : SEARCHED_KINDS,
                ...(author ? { author } : {}),
                ...(query.task ? { task: query.task as EntryId } : {}),
                ...(query.from === undefined ? {} : { from: query.from }),
                ...(query.to === undefined ? {} : { to: query.to }),
                ...(query.mode ? { mode: query.mode } : {}),
              });
        const explain = query.explain === "true" || query.explain === "1";
        return {
          results: hits.map((hit) => toSearchResult(deps, hit, explain)),
          took_ms: Math.round((performance.now() - started) * 100) / 100,
        };
      },
      { query: searchQuery, detail: documented({ summary: "Recall by meaning and words" }, searchSchema) },
    )
    .get(
      "/api/memory",
      async ({ request }) => {
        const authorised = access.isAuthorised(request);
        const [publicRoot, clusterRoot, recent] = await Promise.all([
          deps.rootOf("public"),
          authorised ? deps.rootOf("cluster") : undefined,
          store.recent(
            { kinds: ["memory", "thought"], ...(authorised ? {} : { labels: ["public"] }) },
            RECENT,
          ),
        ]);
        return {
          total_memories: deps.counts.total(),
          private: deps.counts.of("private"),
          cluster: deps.counts.of("cluster"),
          public: deps.counts.of("public"),
          clock: replica.clock(),
          root: publicRoot,
          roots: { public: publicRoot, ...(clusterRoot === undefined ? {} : { cluster: clusterRoot }) },
          recent: recent
            .filter(replica.isVisible)
            .map((one) => ({ ...brief(one), content: contentOf(one.entry) ?? "" })),
        };
      },
      {
        detail: documented({ summary: "How much is remembered, and the Merkle roots" }, memoryOverviewSchema),
      },
    )
    .get(
      "/api/memory/:id",
      async ({ params, request }) => {
        const [found] = isEntryId(params.id) ? await store.get([params.id]) : [];
        if (found === undefined || !mayRead(found, request)) {
          throw new HttpError(
            "not_found",
            "no entry with this id is known here, or it needs the operator's token",
          );
        }
        const parents = (await store.get([...found.entry.parents])).filter((one) => mayRead(one, request));
        const children = await store.get(await store.children(found.id));
        return {
          ...brief(found),
          entry: found.entry,
          signature: found.signature,
          certificate: replica.certificateOf(replicaKey(found.entry.replica)),
          visible: replica.isVisible(found),
          parents: parents.map((one) => ({ ...brief(one), content: contentOf(one.entry) })),
          missing_parents: found.entry.parents.length - parents.length,
          children: children.filter((one) => mayRead(one, request)).map(brief),
        };
      },
      {
        detail: documented(
          { summary: "A signed entry with its parents" },
          z.looseObject({ id: entryIdSchema, signature: z.string(), entry: z.looseObject({}) }),
        ),
      },
    );

  function brief(one: StoredEntry) {
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
}

function toDrafts({ content, metadata, sequence }: z.infer<typeof newMemory>, label: Label) {
  const parts = splitContent(content);
  const document = crypto.randomUUID();
  return parts.map((part, index) => ({
    label,
    kind: "memory" as const,
    body: {
      content: part,
      ...(metadata ? { metadata } : {}),
      ...(parts.length > 1 ? { sequence: { document, index } } : sequence ? { sequence } : {}),
    },
  }));
}

/** An author is named by key or by spore name; null when no such spore is known. */
function authorKey(deps: HttpDeps, author: string): PublicKey | null {
  if (isPublicKey(author)) return author;
  const peer = [deps.replica.self, ...deps.livePeers().map(({ certificate }) => certificate)].find(
    ({ name }) => name === author,
  );
  return peer?.spore ?? null;
}

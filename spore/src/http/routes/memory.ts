/** Memories: remember, search, look. */

import {
  CONTENT_CHARS_MAX,
  contentOf,
  entryIdSchema,
  KINDS,
  type Kind,
  metadataSchema,
} from "@synapse/shared/contract/entry.ts";
import { type Label, labelSchema } from "@synapse/shared/contract/label.ts";
import { memoryOverviewSchema, searchSchema } from "@synapse/shared/contract/status.ts";
import { type EntryId, isEntryId, isPublicKey, type PublicKey } from "@synapse/shared/ids.ts";
import { Elysia } from "elysia";
import { z } from "zod";
import { splitContent } from "../../replica/split-content.ts";
import type { HttpDeps } from "../deps.ts";
import { documented, IDEMPOTENT } from "../documented.ts";
import { HttpError } from "../errors.ts";
import { createIdempotency } from "../idempotency.ts";
import { timeParameter } from "../parameters.ts";
import {
  BUDGET_MAX,
  BUDGET_MIN,
  entryBrief,
  entryDetail,
  LAYERS,
  labelsFor,
  QUERY_CHARS_MAX,
  searchMemories,
  windowOfMemories,
} from "../reading.ts";
import { append, requireAuthority } from "../writing.ts";

/** Memories in one request; a longer list is sent in parts. */
const BATCH_MAX = 1_000;
const RECENT = 20;

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
  q: z.string().max(QUERY_CHARS_MAX).default("").describe("What to recall; without it nothing is found"),
  k: z.coerce.number().int().min(1).max(100).default(10).describe("Results at most"),
  layer: z.enum(LAYERS).optional().describe("`private` and `cluster` need the operator's token"),
  explain: z
    .enum(["true", "false", "1", "0"])
    .optional()
    .describe("Whether each result says what brought it up"),
  mode: z.enum(["precise", "explore"]).optional().describe("The best matches, or also what lies further off"),
  budget: z.coerce
    .number()
    .int()
    .min(BUDGET_MIN)
    .max(BUDGET_MAX)
    .optional()
    .describe("Tokens: passages of most value per token instead of the first `k`"),
  kind: z.enum(KINDS as [Kind, ...Kind[]]).optional(),
  author: z.string().max(100).optional().describe("Key or name of a spore"),
  task: z.string().max(64).optional().describe("Id of a task: what belongs to it"),
  from: timeParameter.optional(),
  to: timeParameter.optional(),
});

export function memoryRoutes(deps: HttpDeps) {
  const { access, store, replica } = deps;
  const once = createIdempotency(store, deps.now);

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
            headers: IDEMPOTENT,
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
        const labels = labelsFor(query.layer, access.isAuthorised(request));
        if (query.task !== undefined && !isEntryId(query.task))
          throw new HttpError("invalid", "task: is not a task id");
        const author = query.author === undefined ? undefined : authorKey(deps, query.author);
        const explain = query.explain === "true" || query.explain === "1";
        const took = () => Math.round((performance.now() - started) * 100) / 100;
        if (author === null) return { results: [], took_ms: took() };
        const asked = {
          text: query.q,
          k: query.k,
          labels,
          ...(query.kind ? { kinds: [query.kind] } : {}),
          ...(author ? { author } : {}),
          ...(query.task ? { task: query.task as EntryId } : {}),
          ...(query.from === undefined ? {} : { from: query.from }),
          ...(query.to === undefined ? {} : { to: query.to }),
          ...(query.mode ? { mode: query.mode } : {}),
        };
        if (query.budget === undefined)
          return { results: await searchMemories(deps, asked, explain), took_ms: took() };
        return { ...(await windowOfMemories(deps, asked, query.budget, explain)), took_ms: took() };
      },
      {
        query: searchQuery,
        detail: documented({ summary: "Recall by meaning and words", authorised: "for more" }, searchSchema),
      },
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
            .map((one) => ({ ...entryBrief(deps, one), content: contentOf(one.entry) ?? "" })),
        };
      },
      {
        detail: documented(
          { summary: "How much is remembered, and the Merkle roots", authorised: "for more" },
          memoryOverviewSchema,
        ),
      },
    )
    .get(
      "/api/memory/:id",
      ({ params, request }) => entryDetail(deps, params.id, access.isAuthorised(request)),
      {
        detail: documented(
          {
            summary: "A signed entry with its parents",
            authorised: "for more",
            path: { id: "Id of the entry" },
          },
          z.looseObject({ id: entryIdSchema, signature: z.string(), entry: z.looseObject({}) }),
        ),
      },
    );
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

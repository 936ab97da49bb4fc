/** Memories: remember, search, look. */

import {
  CONTENT_CHARS_MAX,
  contentOf,
  entryIdSchema,
  metadataSchema,
} from "@synapse/shared/contract/entry.ts";
import { type Label, labelSchema } from "@synapse/shared/contract/label.ts";
import { memoryOverviewSchema, searchSchema } from "@synapse/shared/contract/status.ts";
import { Elysia } from "elysia";
import { z } from "zod";
import { splitContent } from "../../replica/split-content.ts";
import type { HttpDeps } from "../deps.ts";
import { documented, IDEMPOTENT } from "../documented.ts";
import { HttpError } from "../errors.ts";
import { createIdempotency } from "../idempotency.ts";
import {
  BUDGET_MAX,
  BUDGET_MIN,
  entryBrief,
  entryDetail,
  filterParameters,
  filtersOf,
  LAYERS,
  labelsFor,
  QUERY_CHARS_MAX,
  recallMemories,
} from "../reading.ts";
import { append } from "../writing.ts";

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

const RESULTS = "Results at most";
const EXPLAINED = "Whether each result says what brought it up";
const BUDGETED = "Tokens: passages of most value per token instead of the first `k`";

const searchQuery = z.object({
  q: z.string().max(QUERY_CHARS_MAX).default("").describe("What to recall; without it nothing is found"),
  k: z.coerce.number().int().min(1).max(100).default(10).describe(RESULTS),
  layer: z.enum(LAYERS).optional().describe("`private` and `cluster` need the operator's token"),
  explain: z
    .enum(["true", "false", "1", "0"])
    .default("false")
    .transform((text) => text === "true" || text === "1")
    .describe(EXPLAINED),
  mode: z.enum(["precise", "explore"]).optional().describe("The best matches, or also what lies further off"),
  budget: z.coerce.number().int().min(BUDGET_MIN).max(BUDGET_MAX).optional().describe(BUDGETED),
  ...filterParameters,
});

const searchBody = z.strictObject({
  ...searchQuery.shape,
  k: z.int().min(1).max(100).default(10).describe(RESULTS),
  explain: z.boolean().default(false).describe(EXPLAINED),
  budget: z.int().min(BUDGET_MIN).max(BUDGET_MAX).optional().describe(BUDGETED),
});

export function memoryRoutes(deps: HttpDeps) {
  const { access, store, replica } = deps;
  const once = createIdempotency(store, deps.now);

  async function recall(query: z.infer<typeof searchBody>, request: Request) {
    const started = performance.now();
    const { q, k, layer, mode } = query;
    const labels = labelsFor(layer, access.isAuthorised(request));
    const filters = filtersOf(deps, query);
    const asked = { ...filters, text: q, k, labels, ...(mode ? { mode } : {}) };
    const found = filters === null ? { results: [] } : await recallMemories(deps, asked, query);
    return { ...found, took_ms: Math.round((performance.now() - started) * 100) / 100 };
  }

  return new Elysia()
    .post(
      "/api/memory",
      async ({ body, request, set }) => {
        const fallback = ("memories" in body ? body.label : undefined) ?? "cluster";
        const items = "memories" in body ? body.memories : [body];
        const empty = items.findIndex(({ content }) => content.trim() === "");
        if (empty >= 0)
          throw new HttpError(
            "invalid",
            `${"memories" in body ? `memories.${empty}.` : ""}content: is empty`,
          );
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
    .get("/api/memory/search", ({ query, request }) => recall(query, request), {
      query: searchQuery,
      detail: documented({ summary: "Recall by meaning and words", authorised: "for more" }, searchSchema),
    })
    .post("/api/memory/search", ({ body, request }) => recall(body, request), {
      body: searchBody,
      detail: documented(
        {
          authorised: "for more",
          summary: "The same with its parameters as a JSON object",
          description: `An address holds some 15 KB; a question sent this way may have ${QUERY_CHARS_MAX} characters.`,
        },
        searchSchema,
      ),
    })
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
          clock: replica.clock.vector(),
          beyond: replica.clock.beyond(),
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

/** Tools about memories: recall, what is shared, and taking it all away, signed. */
import { contentOf, KINDS, type Kind } from "@synapse/shared/contract/entry.ts";
import { searchResultSchema } from "@synapse/shared/contract/status.ts";
import { replicaKey } from "@synapse/shared/ids.ts";
import { z } from "zod";
import type { HttpDeps } from "../http/deps.ts";
import {
  BUDGET_MAX,
  BUDGET_MIN,
  entryBrief,
  filterParameters,
  filtersOf,
  LAYERS,
  labelsFor,
  QUERY_CHARS_MAX,
  recallMemories,
  SEARCHED_KINDS,
} from "../http/reading.ts";
import { defineTool } from "./tool.ts";

/** Entries in one page of an export. */
const EXPORT_ENTRIES_MAX = 200;
/** A page ends after the entry that passes it: a few megabytes are more than a client takes as one result. */
const EXPORT_CHARS = 1_000_000;

const layerInput = z.enum(LAYERS).optional();
const budgetInput = z.int().min(BUDGET_MIN).max(BUDGET_MAX).optional();
const count = z.int().min(0);
const tokensOutput = count.optional().describe("With budget_tokens: what the results cost, estimated");

const queryMemory = defineTool({
  name: "query_memory",
  title: "Recall",
  description:
    "Recall memories by meaning and words, best first. Without the operator token only public memories are seen.",
  input: z.strictObject({
    query: z.string().max(QUERY_CHARS_MAX).describe("What to look for, in plain words"),
    top_k: z.int().min(1).max(100).default(5),
    budget_tokens: budgetInput.describe(
      "Instead of top_k: the passages of most value per token that fit this many tokens",
    ),
    layer: layerInput.describe(
      "private: never left this spore; cluster: your own spores; public: everyone; collective: cluster and public. " +
        "Omitted: all that you may see. private and cluster need the operator token",
    ),
    kind: filterParameters.kind.describe(
      "Only entries of this kind; omitted: memories, thoughts and conclusions",
    ),
    author: filterParameters.author.describe("Only what this spore wrote: its key or its name"),
    task: filterParameters.task.describe("Only what belongs to this task"),
    from: filterParameters.from.describe("Only what was made since: ISO 8601 or milliseconds since 1970"),
    to: filterParameters.to.describe("Only what was made until"),
  }),
  output: z.strictObject({
    layer: z.enum([...LAYERS, "all"]),
    results: z.array(searchResultSchema),
    tokens: tokensOutput,
    total_memories: count.describe("Memories this spore holds, of all layers"),
  }),
  async run({ query, top_k, budget_tokens, layer, ...named }, { deps, authorised }) {
    const filters = filtersOf(deps, named);
    const asked = { ...filters, text: query, k: top_k, labels: labelsFor(layer, authorised) };
    return {
      layer: layer ?? (authorised ? ("all" as const) : ("public" as const)),
      ...(filters === null ? { results: [] } : await recallMemories(deps, asked, { budget: budget_tokens })),
      total_memories: deps.counts.total(),
    };
  },
});

const collectiveKnowledge = defineTool({
  name: "collective_knowledge",
  title: "What the swarm shares",
  description:
    "Memories and conclusions that spores share with each other: the best matches, or without a query the newest. " +
    "Without the operator token only public ones.",
  input: z.strictObject({
    query: z.string().max(QUERY_CHARS_MAX).default(""),
    limit: z.int().min(1).max(100).default(10),
    budget_tokens: budgetInput.describe(
      "With a query, instead of limit: the passages of most value per token that fit this many tokens",
    ),
  }),
  output: z.strictObject({
    results: z.array(searchResultSchema.partial({ score: true })),
    tokens: tokensOutput,
    total_collective: count.describe("Shared memories held here that you may see"),
    wall_stats: z
      .strictObject({ crossings: count, blocks: count, filtered: count })
      .describe("Decisions of the Knowledge Wall about what may be public"),
  }),
  async run({ query, limit, budget_tokens }, { deps, authorised }) {
    const labels = labelsFor("collective", authorised);
    const { crossings, blocks, filtered } = await deps.wall.status();
    const asked = { text: query, k: limit, labels };
    return {
      ...(query.trim() === ""
        ? { results: await newest(deps, labels, limit) }
        : await recallMemories(deps, asked, { budget: budget_tokens })),
      total_collective: labels.reduce((sum, label) => sum + deps.counts.of(label), 0),
      wall_stats: { crossings, blocks, filtered },
    };
  },
});

async function newest(deps: HttpDeps, labels: ReturnType<typeof labelsFor>, limit: number) {
  const recent = await deps.store.recent({ kinds: SEARCHED_KINDS, labels }, limit);
  return recent
    .filter(deps.replica.isVisible)
    .map((one) => ({ ...entryBrief(deps, one), content: contentOf(one.entry) ?? "" }));
}

const exportMemory = defineTool({
  name: "export_memory",
  title: "Export signed memories",
  description:
    "Memories as they were signed, newest first, page by page, with the certificates of their authors: a copy that " +
    "anybody can check offline. Without the operator token only public ones.",
  input: z.strictObject({
    layer: layerInput,
    kinds: z
      .array(z.enum(KINDS as [Kind, ...Kind[]]))
      .min(1)
      .default([...SEARCHED_KINDS])
      .describe("Kinds of entries; memory, thought and synthesis unless named"),
    limit: z.int().min(1).max(EXPORT_ENTRIES_MAX).default(50),
    cursor: z
      .string()
      .regex(/^\d{1,15}$/, "must be `next` of the page before, from the same spore")
      .optional()
      .describe("`next` of the page before; good on this spore only"),
  }),
  output: z.strictObject({
    entries: z.array(
      z.strictObject({
        id: z.string().describe("SHA-256 of the entry's canonical JSON (RFC 8785)"),
        entry: z.looseObject({}),
        signature: z.string().describe("Ed25519 signature of the author, base64url"),
      }),
    ),
    certificates: z
      .array(z.looseObject({}))
      .describe("Whose keys signed them, vouched for by their operators"),
    next: z.string().nullable().describe("Cursor of the next page; null at the end"),
  }),
  async run({ layer, kinds, limit, cursor }, { deps, authorised }) {
    const { store, replica } = deps;
    const page = await store.recent(
      {
        labels: labelsFor(layer, authorised),
        kinds,
        ...(cursor === undefined ? {} : { beforeSeq: Number(cursor) }),
      },
      limit,
    );
    let chars = 0;
    const fitting = page.filter((one) => {
      const fits = chars < EXPORT_CHARS;
      chars += JSON.stringify(one.entry).length;
      return fits;
    });
    const shown = fitting.filter(replica.isVisible);
    const authors = new Set(shown.map(({ entry }) => replicaKey(entry.replica)));
    const last = fitting.at(-1);
    const isEnd = fitting.length === page.length && page.length < limit;
    return {
      entries: shown.map(({ id, entry, signature }) => ({ id, entry: { ...entry }, signature })),
      certificates: [...authors].flatMap((author) => replica.certificateOf(author) ?? []),
      next: isEnd || last === undefined ? null : String(last.seq),
    };
  },
});

export const memoryTools = [queryMemory, collectiveKnowledge, exportMemory];

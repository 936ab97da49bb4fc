/**
 * Every embedder under one suite, and one after the other behind one recall.
 *
 * What is real here: the adapters, HTTP, node-llama-cpp in its process, the word vectors that ship. What is not: the two
 * servers are local ones that answer as documented, and the GGUF file holds random weights. So this proves that texts
 * arrive, come back as vectors and fail by name, and says nothing about what a sentence model adds.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { err, ok } from "@synapse/shared/result.ts";
import { analyze } from "@synapse/spore/retrieval/analyzer.ts";
import type { Embedder } from "@synapse/spore/retrieval/embedder.ts";
import { createMemoryFeed } from "@synapse/spore/retrieval/feed.fixture.ts";
import { createGgufEmbedder } from "@synapse/spore/retrieval/gguf-embedder.ts";
import { createHfEmbedder } from "@synapse/spore/retrieval/hf-embedder.ts";
import { createRecall, type RecallService } from "@synapse/spore/retrieval/recall-service.ts";
import { createServerEmbedder } from "@synapse/spore/retrieval/server-embedder.ts";
import { embeddedVectors } from "@synapse/spore/retrieval/word-vectors.ts";
import { type EmbedderUnderTest, holdToThePort } from "../support/embedder-suite.ts";
import { writeTinyGguf } from "../support/tiny-gguf.ts";

// Loading native code on a busy machine takes its time; the limit only ends what hangs.
setDefaultTimeout(180_000);

const never = new AbortController().signal;
let folder: string;
let model: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "embedders-"));
  model = join(folder, "tiny.gguf");
  writeTinyGguf(model);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Eight numbers that a text alone decides. */
function toVector(text: string): number[] {
  return Array.from({ length: 8 }, (_, at) => Number(Bun.hash(text, at) % 2_001n) / 1_000 - 1);
}

/** A local server in the form of `POST /embeddings` or of Hugging Face's feature extraction. */
function localServer(reply: (texts: readonly string[]) => Response) {
  const start = (port: number) =>
    Bun.serve({
      port,
      hostname: "127.0.0.1",
      async fetch(request) {
        const body = (await request.json()) as { input?: string[]; inputs?: string[] };
        return reply(body.input ?? body.inputs ?? []);
      },
    });
  let server = start(0);
  const port = server.port ?? 0;
  return {
    href: `http://127.0.0.1:${port}`,
    begin: () => server.stop(true),
    end: async () => {
      server = start(port);
    },
    stop: () => server.stop(true),
  };
}

const openAi = localServer((texts) =>
  Response.json({ data: texts.map((text, index) => ({ index, embedding: toVector(text) })) }),
);
const hub = localServer((texts) => Response.json(texts.map(toVector)));
const { fetch } = globalThis;

const SERVER: EmbedderUnderTest = {
  name: "a server with /embeddings (a local one that answers as documented)",
  open: async () => createServerEmbedder({ endpoint: `${openAi.href}/v1`, model: "m", apiKey: null, fetch }),
  tolerance: 0,
  outage: openAi,
  close: openAi.stop,
};
const HUGGING_FACE: EmbedderUnderTest = {
  name: "Hugging Face Inference (a local server that answers as documented)",
  open: async () => createHfEmbedder({ model: "some/model", token: "token", endpoint: hub.href, fetch }),
  tolerance: 0,
  outage: hub,
  close: hub.stop,
};
const GGUF: EmbedderUnderTest = {
  name: "a GGUF file in a process of its own (node-llama-cpp itself, random weights)",
  open: async () => createGgufEmbedder(model),
  // Threads may add up in another order.
  tolerance: 1e-4,
  outage: {
    begin: async () => renameSync(model, `${model}.away`),
    end: async () => renameSync(`${model}.away`, model),
  },
  close: async () => undefined,
};
/** As the index reads a text (index-writer.ts): the words that tell something, in the vectors that ship. */
const WORDS: EmbedderUnderTest = {
  name: "the embedded word vectors (the file that ships), as the index asks them",
  open: async (): Promise<Embedder> => ({
    id: "words",
    local: true,
    embed: async (texts) => {
      const vectors = texts.map((text) => embeddedVectors().ofText(analyze(text).words));
      return vectors.includes(null)
        ? err({ kind: "refused", message: "no word of this text is known", retryable: false })
        : ok(vectors.map((vector) => [...(vector ?? [])]));
    },
  }),
  tolerance: 0,
  outage: null,
  close: async () => undefined,
};

for (const one of [SERVER, HUGGING_FACE, GGUF, WORDS]) holdToThePort(one);

test("a GGUF file that is cut short fails by name; one of the same name with other contents is another embedder", async () => {
  const other = join(folder, "other");
  mkdirSync(other);
  const path = join(other, "tiny.gguf");
  writeFileSync(path, readFileSync(model).subarray(0, 1_000));
  const cut = createGgufEmbedder(path);
  expect(await cut.embed(["a river"], never)).toMatchObject({ ok: false, error: { kind: "unavailable" } });
  const whole = createGgufEmbedder(model);
  expect(cut.id).not.toBe(whole.id);
  copyFileSync(model, path);
  expect(await cut.embed(["a river"], never)).toMatchObject({ ok: true });
  // The same contents again: what was read of them before is still good.
  expect(cut.id).toBe(whole.id);
  await cut.close?.();
});

test("one after the other behind one recall reads everything anew, with progress, while questions are answered", async () => {
  const feed = createMemoryFeed();
  for (let at = 0; at < 50; at++) feed.remember(`Minutes ${at} of the council about street ${at}`);
  await Promise.all([openAi.end(), hub.end()]);
  for (const { open } of [SERVER, GGUF, HUGGING_FACE]) {
    const embedder = await open();
    const recall: RecallService = createRecall({
      feed,
      path: join(folder, "recall.db"),
      weights: { decoherence: () => 1, trust: () => 1 },
      now: () => 0,
      log: { info: () => undefined, warn: () => undefined },
      embedder,
    });
    const asked = async () =>
      (await recall.search({ text: "street 33", k: 1, labels: ["cluster"] }))[0]?.content;
    expect(await asked()).toContain("street 33");
    await recall.settled();
    while (recall.status().embedder?.lag !== 0) await Bun.sleep(5);
    expect(recall.status().embedder).toMatchObject({ id: embedder.id, vectors: 50, lag: 0, error: null });
    expect(await asked()).toContain("street 33");
    await recall.close();
    await embedder.close?.();
  }
  await Promise.all([openAi.stop(), hub.stop()]);
});

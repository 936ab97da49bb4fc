/** Every embedder passes the same suite against a server that behaves as documented; and what recall makes of one. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LABELS, type Label } from "@synapse/shared/contract/label.ts";
import { ok } from "@synapse/shared/result.ts";
import { checkVectors, type Embedder } from "./embedder.ts";
import { embedderFrom } from "./embedder-settings.ts";
import { createMemoryFeed } from "./feed.fixture.ts";
import { createHfEmbedder } from "./hf-embedder.ts";
import { createRecall, type RecallService } from "./recall-service.ts";
import { createServerEmbedder } from "./server-embedder.ts";

type Reply = (texts: readonly string[]) => Response;

const KEY = "key-that-nobody-may-see";
let server: ReturnType<typeof Bun.serve>;
let reply: Reply;
let seen: { url: string; authorization: string | null; texts: readonly string[] }[];

/** Two numbers that tell texts apart. */
const toVector = (text: string): number[] => [text.length, text.charCodeAt(0)];
const never = new AbortController().signal;

beforeEach(() => {
  seen = [];
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const body = (await request.json()) as { input?: string[]; inputs?: string[] };
      const texts = body.input ?? body.inputs ?? [];
      seen.push({ url: request.url, authorization: request.headers.get("authorization"), texts });
      return reply(texts);
    },
  });
});
afterEach(() => server.stop(true));

interface Adapter {
  readonly name: string;
  readonly create: () => Embedder;
  readonly good: Reply;
}

const ADAPTERS: readonly Adapter[] = [
  {
    name: "a server with /embeddings",
    create: () =>
      createServerEmbedder({
        endpoint: `${server.url}v1/`,
        model: "m",
        apiKey: KEY,
        fetch: globalThis.fetch,
      }),
    // In another order than asked, as the API allows.
    good: (texts) =>
      Response.json({
        data: texts.map((text, index) => ({ index, embedding: toVector(text) })).reverse(),
      }),
  },
  {
    name: "Hugging Face Inference",
    create: () =>
      createHfEmbedder({
        model: "some/model",
        token: KEY,
        endpoint: server.url.href,
        fetch: globalThis.fetch,
      }),
    good: (texts) => Response.json(texts.map(toVector)),
  },
];

for (const { name, create, good } of ADAPTERS) {
  describe(name, () => {
    test("gives one vector for each text, in their order, and sends the key", async () => {
      reply = good;
      const vectors = await create().embed(["abc", "z"], never);
      expect(vectors).toEqual(ok([toVector("abc"), toVector("z")]));
      expect(seen[0]?.authorization).toBe(`Bearer ${KEY}`);
    });

    test.each([
      [429, true],
      [503, true],
      [401, true],
      [400, false],
      [413, false],
    ])(
      "a refusal with %d says whether to try again, asks once, and names no key",
      async (status, retryable) => {
        reply = () => new Response(`no, ${KEY}`, { status, headers: { "retry-after": "7" } });
        const refused = await create().embed(["abc"], never);
        expect(refused).toMatchObject({ ok: false, error: { retryable, retryAfterMs: 7_000 } });
        expect(JSON.stringify(refused)).not.toContain(KEY);
        expect(seen).toHaveLength(1);
      },
    );

    test("a reply that is none is refused, whatever it is", async () => {
      const replies: Reply[] = [
        () => new Response("<html>"),
        () => Response.json({}),
        () => Response.json([]),
        () => Response.json([["a"]]),
        () => Response.json({ data: [{ embedding: [0, 0] }] }),
        () => Response.json([[0, 0]]),
        (texts) => good([...texts, "more"]),
      ];
      for (reply of replies) {
        expect(await create().embed(["abc"], never)).toMatchObject({ ok: false });
      }
    });

    test("no server, a redirect and a call that is given up are failures that pass", async () => {
      reply = () => Response.redirect("http://127.0.0.1:9/elsewhere", 307);
      expect(await create().embed(["abc"], never)).toMatchObject({ ok: false, error: { retryable: true } });
      expect(await create().embed(["abc"], AbortSignal.abort())).toMatchObject({ ok: false });
      const embedder = create();
      await server.stop(true);
      expect(await embedder.embed(["abc"], never)).toMatchObject({ ok: false, error: { retryable: true } });
    });
  });
}

test("vectors are checked: numbers, one length, a direction", () => {
  for (const bad of [
    null,
    [],
    [[]],
    [[Number.NaN]],
    [[1], [1, 2]],
    [
      [1, 2],
      ["x", 2],
    ],
    [new Array(9_000).fill(1)],
  ])
    expect(checkVectors(bad, Array.isArray(bad) ? bad.length : 1).ok).toBe(false);
  expect(checkVectors([[1, 2]], 1).ok).toBe(true);
});

describe("the environment", () => {
  const from = (env: Record<string, string>) => embedderFrom(env, globalThis.fetch);

  test("asks for none by default, and says what is missing", () => {
    expect(from({})).toEqual(ok(null));
    for (const env of [
      { EMBEDDER: "magic" },
      { EMBEDDER: "server" },
      { EMBEDDER: "server", EMBEDDER_MODEL: "m", EMBEDDER_ENDPOINT: "ftp://x" },
      { EMBEDDER: "hf" },
      { EMBEDDER: "gguf" },
    ]) {
      expect(from(env)).toMatchObject({ ok: false, error: expect.stringContaining("EMBEDDER") });
    }
  });

  test("tells what leaves the machine from what does not", () => {
    const local = (endpoint: string) => {
      const made = from({ EMBEDDER: "server", EMBEDDER_MODEL: "m", EMBEDDER_ENDPOINT: endpoint });
      return made.ok ? made.value?.local : null;
    };
    expect(local("http://127.0.0.1:11434/v1")).toBe(true);
    expect(local("https://api.example/v1")).toBe(false);
  });
});

describe("recall with an embedder", () => {
  let folder: string;
  let open: RecallService[];
  let warned: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "recall-embedder-"));
    open = [];
    warned = [];
  });
  afterEach(async () => {
    for (const recall of open) await recall.close();
    rmSync(folder, { recursive: true });
  });

  /** Reads texts by a theme that their words do not share. */
  function themed(id: string, overrides: Partial<Embedder> = {}): Embedder & { readonly read: string[] } {
    const read: string[] = [];
    return {
      id,
      local: false,
      read,
      embed: async (texts) => {
        read.push(...texts);
        return ok(
          texts.map((text) =>
            /kettle|hot drink/.test(text) ? [1, 0.1, 0, 0] : [0, 0.1, 1, text.length % 3],
          ),
        );
      },
      ...overrides,
    };
  }

  function openRecall(feed: ReturnType<typeof createMemoryFeed>, embedder: Embedder): RecallService {
    const recall = createRecall({
      feed,
      path: join(folder, "recall.db"),
      weights: { decoherence: () => 1, trust: () => 1 },
      now: () => Date.UTC(2026, 1, 1),
      log: { info: () => {}, warn: (message) => warned.push(message) },
      embedder,
    });
    open.push(recall);
    return recall;
  }

  const ask = async (recall: RecallService, text: string, labels: readonly Label[] = LABELS) =>
    (await recall.search({ text, k: 3, labels })).map(({ content }) => content);

  async function embedded(recall: RecallService): Promise<void> {
    await recall.settled();
    while (recall.status().embedder?.lag !== 0) await Bun.sleep(5);
  }

  function filled() {
    const feed = createMemoryFeed();
    for (let n = 0; n < 400; n++) feed.remember(`Minutes ${n} of the council about street ${n}`);
    feed.remember("She put the kettle on");
    feed.remember("my secret kettle", {}, { label: "private" });
    return feed;
  }

  test("finds what shares no word with the question, and never shows it a private text", async () => {
    const recall = openRecall(filled(), themed("first"));
    await embedded(recall);
    expect((await ask(recall, "zzz hot drink"))[0]).toBe("She put the kettle on");
    expect(recall.status().embedder).toMatchObject({ id: "first", vectors: 401, error: null });
  });

  test("shows private texts and questions to none that is not on this machine", async () => {
    const [remote, local] = [themed("remote"), themed("local", { local: true })];
    const first = openRecall(filled(), remote);
    await embedded(first);
    await ask(first, "hot drink", ["private"]);
    expect(remote.read.filter((text) => /secret|hot drink/.test(text))).toEqual([]);
    await first.close();
    const second = openRecall(filled(), local);
    await embedded(second);
    expect(await ask(second, "zzz hot drink", ["private"])).toEqual(["my secret kettle"]);
  });

  test("another embedder reads everything again in the background while words go on", async () => {
    const feed = filled();
    const first = openRecall(feed, themed("first"));
    await embedded(first);
    await first.close();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = themed("second");
    const second = openRecall(feed, {
      ...slow,
      embed: async (texts, signal) => {
        await held;
        return await slow.embed(texts, signal);
      },
    });
    expect((await ask(second, "kettle"))[0]).toContain("kettle");
    expect(second.status().embedder).toMatchObject({ id: "second", vectors: 0 });
    release();
    await embedded(second);
    expect(second.status().embedder).toMatchObject({ vectors: 401, lag: 0 });
    expect((await ask(second, "zzz hot drink"))[0]).toBe("She put the kettle on");
  });

  test("one that fails is said once and stops nothing; a text it refuses is passed over", async () => {
    const feed = createMemoryFeed();
    feed.remember("fine");
    feed.remember("poison");
    feed.remember("fine as well");
    const working = themed("picky");
    const recall = openRecall(feed, {
      ...working,
      embed: async (texts, signal) =>
        texts.some((text) => text === "poison")
          ? { ok: false, error: { kind: "refused", message: "answered 400", retryable: false } }
          : await working.embed(texts, signal),
    });
    await embedded(recall);
    expect(recall.status().embedder?.vectors).toBe(2);
    expect(await ask(recall, "poison")).toContain("poison");
    expect(warned.length).toBeGreaterThan(0);
  });
});

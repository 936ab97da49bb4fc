/** The HTTP contract of one real spore: what it answers, and how it refuses. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  errorSchema,
  memoryOverviewSchema,
  searchSchema,
  settingsSchema,
  taskListSchema,
} from "@synapse/shared/contract/status.ts";
import { type EventWatch, watchEvents } from "../support/event-watch.ts";
import { cleanUp, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

let spore: TestSpore;
let guarded: TestSpore;
const TOKEN = "operator-token-for-tests-0123456789";
const authority = { authorization: `Bearer ${TOKEN}` };

beforeAll(async () => {
  [spore, guarded] = await Promise.all([
    startTestSpore(),
    startTestSpore({
      index: 1,
      env: { HOST: "0.0.0.0", SPORE_TOKEN: TOKEN, SPORE_CORS_ORIGINS: "https://page.example" },
    }),
  ]);
});
afterAll(cleanUp);

async function refusal(reply: Response): Promise<{ status: number; code: string; message: string }> {
  const { error } = errorSchema.parse(await reply.json());
  return { status: reply.status, code: error.code, message: error.message };
}

describe("remembering", () => {
  test("answers 201 with ids, and the memory is found, shown and counted", async () => {
    const reply = await spore.post("/api/memory", {
      content: "The lighthouse keeper paints seagulls on Sundays.",
    });
    expect(reply.status).toBe(201);
    const { ids } = (await reply.json()) as { ids: string[] };
    const found = searchSchema.parse(
      await spore.json("/api/memory/search?q=lighthouse%20seagulls&explain=true"),
    );
    expect(found.results[0]?.id).toBe(ids[0] as never);
    expect(found.results[0]?.explain).toBeDefined();
    const whole = await spore.json<{ signature: string; entry: { body: { content: string } } }>(
      `/api/memory/${ids[0]}`,
    );
    expect(whole.entry.body.content).toContain("lighthouse");
    expect(whole.signature).toHaveLength(86);
    const overview = memoryOverviewSchema.parse(await spore.json("/api/memory"));
    expect(overview.cluster).toBeGreaterThan(0);
    expect(overview.recent[0]?.content).toContain("lighthouse");
  });

  test("takes many at once, keeps labels apart, and splits what is too long without losing a word", async () => {
    const before = await spore.health();
    const memories = [
      { content: "a public fact about otters", label: "public" },
      { content: "a private fact about otters", label: "private" },
      { content: "the river otter sleeps. ".repeat(2_000) },
    ];
    const reply = await spore.post("/api/memory", { memories });
    expect(reply.status).toBe(201);
    const { ids } = (await reply.json()) as { ids: string[] };
    expect(ids.length).toBeGreaterThan(20);
    const parts = await Promise.all(
      ids.slice(2).map((id) => spore.json<{ entry: { body: { content: string } } }>(`/api/memory/${id}`)),
    );
    expect(parts.map(({ entry }) => entry.body.content).join("")).toBe(memories[2]?.content as string);
    const after = await spore.health();
    expect(after.memories_private).toBe(before.memories_private + 1);
    expect(after.memories).toBe(before.memories + ids.length);
  });

  test("the same Idempotency-Key remembers once; with another body it is refused", async () => {
    const headers = { "idempotency-key": "batch-7" };
    const [one, two] = await Promise.all([
      spore.post("/api/memory", { content: "once only" }, headers),
      spore.post("/api/memory", { content: "once only" }, headers),
    ]);
    expect(await one.json()).toEqual(await two.json());
    const other = await spore.post("/api/memory", { content: "something else" }, headers);
    expect((await refusal(other)).status).toBe(422);
  });

  test("a secret in public text is refused by name and not repeated", async () => {
    const key = `ghp_${"a1B2".repeat(10)}`;
    const reply = await spore.post("/api/memory", { content: `deploy with ${key}`, label: "public" });
    const said = await refusal(reply);
    expect(said).toMatchObject({ status: 422, code: "secret_found" });
    expect(said.message).toContain("GitHub token");
    expect(said.message).not.toContain(key);
    expect((await spore.json<{ blocks: number }>("/api/wall")).blocks).toBeGreaterThan(0);
  });

  test("a budget gives passages that fit it, joined where they stand together; explain names the neighbours", async () => {
    const lines = [
      "The orrery was ordered in Ghent.",
      "It arrived in a crate of pears.",
      "The orrery hangs in the hall.",
    ];
    const { ids } = (await (
      await spore.post("/api/memory", {
        memories: lines.map((content, index) => ({ content, sequence: { document: "orrery", index } })),
      })
    ).json()) as { ids: string[] };
    const window = searchSchema.parse(
      await spore.json("/api/memory/search?q=where%20was%20the%20orrery%20ordered&budget=400"),
    );
    expect(window.results[0]?.content).toContain(lines[0] ?? "");
    expect(window.results[0]?.members).toContain(ids[0] as never);
    expect(window.tokens).toBeLessThanOrEqual(400);
    const explained = searchSchema.parse(await spore.json("/api/memory/search?q=orrery%20pears&explain=1"));
    const middle = explained.results.find(({ id }) => id === ids[1]);
    expect(middle).toMatchObject({ before: [ids[0]], after: [ids[2]] });
    expect((await spore.fetch("/api/memory/search?q=x&budget=1")).status).toBe(422);
  });
});

describe("asking", () => {
  test("a spore alone answers from its memory, with quotations and a receipt, and lists the task", async () => {
    await spore.post("/api/memory", { content: "Mira repairs clocks in the tower on Fridays." });
    const asked = await spore.post("/api/task", { task: "What does Mira repair in the tower?" });
    expect(asked.status).toBe(201);
    const { task_id } = (await asked.json()) as { task_id: string };
    await waitFor("an answer", async () => (await spore.task(task_id)).final_answer !== null);
    const task = await spore.task(task_id);
    expect(task.status).toBe("converged");
    expect(task.final_answer).toContain("clocks");
    expect(task.citations[0]?.content).toContain("Mira repairs clocks");
    expect(task.validation).toBe("unvalidated");
    const receipt = await spore.json<{ type: string }>(`/api/task/${task_id}/receipt`);
    expect(receipt.type).toBe("synapse-receipt");
    const list = taskListSchema.parse(await spore.json("/api/tasks?q=tower&status=converged"));
    expect(list.tasks.map((one) => one.task_id as string)).toContain(task_id);
  });

  test("nothing known ends unresolved with a reason, never with an invented answer", async () => {
    const { task_id } = await (
      await spore.post("/api/task", { task: "Which colour is the Zorblax of Quenthia?" })
    ).json();
    await waitFor("an end", async () =>
      ["unresolved", "converged"].includes((await spore.task(task_id)).status),
    );
    const task = await spore.task(task_id);
    expect(task.status).toBe("unresolved");
    expect(task.final_answer).toBeNull();
    expect(task.reason).not.toBeNull();
  });

  test("pages through tasks without gap or repetition", async () => {
    for (let i = 0; i < 7; i++) await spore.post("/api/task", { task: `page me ${i}` });
    const seen: string[] = [];
    for (let next: string | null = ""; next !== null; ) {
      const page = taskListSchema.parse(
        await spore.json(`/api/tasks?limit=2&q=page+me${next ? `&cursor=${next}` : ""}`),
      );
      seen.push(...page.tasks.map(({ description }) => description));
      next = page.next;
    }
    expect(seen).toHaveLength(7);
    expect(new Set(seen).size).toBe(7);
  });
});

describe("bad input is refused in the contract's shape, and nothing stops", () => {
  const cases: [name: string, act: () => Promise<Response>, status: number][] = [
    [
      "malformed JSON",
      () =>
        spore.fetch("/api/task", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: "{",
        }),
      400,
    ],
    [
      "no body",
      () => spore.fetch("/api/task", { method: "POST", headers: { "content-type": "application/json" } }),
      422,
    ],
    ["a number as task", () => spore.post("/api/task", { task: 123 }), 422],
    ["a list as body", () => spore.post("/api/task", ["x"]), 422],
    ["an unknown member", () => spore.post("/api/task", { task: "x", tusk: 1 }), 422],
    ["an empty task", () => spore.post("/api/task", { task: "   " }), 422],
    ["an unknown label", () => spore.post("/api/task", { task: "x", label: "secret" }), 422],
    ["a task of 1 MB", () => spore.post("/api/task", { task: "x".repeat(1_000_000) }), 413],
    ["a body of 5 MB", () => spore.post("/api/memory", { content: "x".repeat(5_000_000) }), 413],
    ["content null", () => spore.post("/api/memory", { content: null }), 422],
    [
      "empty content",
      () => spore.post("/api/memory", { memories: [{ content: "fine" }, { content: "" }] }),
      422,
    ],
    [
      "text/plain",
      () =>
        spore.fetch("/api/task", { method: "POST", headers: { "content-type": "text/plain" }, body: "x" }),
      415,
    ],
    ["an unknown task", () => spore.fetch(`/api/task/${"0".repeat(64)}`), 404],
    ["a malformed id", () => spore.fetch("/api/task/../../etc/passwd"), 404],
    ["an unknown memory", () => spore.fetch(`/api/memory/${"f".repeat(64)}`), 404],
    ["an unknown path", () => spore.fetch("/api/nothing"), 404],
    ["the wrong method", () => spore.fetch("/api/health", { method: "DELETE" }), 404],
    ["k of a million", () => spore.fetch("/api/memory/search?q=x&k=1000000"), 422],
    ["a foreign Host", () => spore.fetch("/api/health", { headers: { host: "evil.example" } }), 403],
    [
      "a foreign Origin that writes",
      () => spore.post("/api/task", { task: "x" }, { origin: "https://evil.example" }),
      403,
    ],
    ["no token on a public bind", () => guarded.post("/api/task", { task: "x" }), 401],
    ["a wrong token", () => guarded.post("/api/task", { task: "x" }, { authorization: "Bearer wrong" }), 401],
    ["a private search without the token", () => guarded.fetch("/api/memory/search?q=x&layer=private"), 401],
  ];
  for (const [name, act, status] of cases) {
    test(name, async () => {
      const said = await refusal(await act());
      expect(said.status).toBe(status);
      expect(said.message.length).toBeGreaterThan(10);
      expect(said.message).not.toMatch(/\bat .*\.ts:\d+/);
    });
  }

  test("the spore still answers after all of it", async () => {
    expect((await spore.post("/api/task", { task: "still there?" })).status).toBe(201);
  });
});

describe("who may see what", () => {
  test("without the token only public entries and counts are shown", async () => {
    await guarded.post("/api/memory", { content: "cluster otters swim", label: "cluster" }, authority);
    await guarded.post("/api/memory", { content: "public otters swim", label: "public" }, authority);
    await waitFor("the index", async () => {
      const found = searchSchema.parse(
        await guarded.json("/api/memory/search?q=otters", { headers: authority }),
      );
      return found.results.length === 2;
    });
    const stranger = searchSchema.parse(await guarded.json("/api/memory/search?q=otters"));
    expect(stranger.results.map(({ content }) => content)).toEqual(["public otters swim"]);
    const overview = memoryOverviewSchema.parse(await guarded.json("/api/memory"));
    expect(overview.roots.cluster).toBeUndefined();
    expect(overview.recent.every(({ label }) => label === "public")).toBe(true);
  });

  test("a cluster task of others does not exist for strangers", async () => {
    const asked = await guarded.post("/api/task", { task: "our secret question" }, authority);
    const { task_id } = (await asked.json()) as { task_id: string };
    expect((await guarded.fetch(`/api/task/${task_id}`)).status).toBe(404);
    expect((await guarded.fetch(`/api/task/${task_id}`, { headers: authority })).status).toBe(200);
    const list = taskListSchema.parse(await guarded.json("/api/tasks"));
    expect(list.tasks.map((one) => one.task_id as string)).not.toContain(task_id);
  });

  test("any page may read what is public; only known ones may write", async () => {
    const read = await guarded.fetch("/api/health", { headers: { origin: "https://anywhere.example" } });
    expect(read.headers.get("access-control-allow-origin")).toBe("*");
    expect(read.headers.get("access-control-allow-credentials")).toBeNull();
    const known = await guarded.fetch("/api/task", {
      method: "OPTIONS",
      headers: { origin: "https://page.example" },
    });
    expect(known.headers.get("access-control-allow-origin")).toBe("https://page.example");
    expect(known.headers.get("access-control-allow-headers")).toContain("authorization");
    const unknown = await guarded.fetch("/api/task", {
      method: "OPTIONS",
      headers: { origin: "https://evil.example" },
    });
    expect(unknown.headers.get("access-control-allow-methods")).not.toContain("POST");
  });
});

describe("events", () => {
  test("stream what happens, and resume after the last id that was seen", async () => {
    const named = (watch: EventWatch) => watch.frames().filter(({ type }) => type !== null);
    const firstAfter = async (id: number) => {
      const watch = await watchEvents(spore, { "last-event-id": String(id) });
      await waitFor("an event", () => named(watch).length > 0);
      await watch.stop();
      return named(watch)[0];
    };
    const watch = await watchEvents(spore);
    await spore.post("/api/memory", { content: "an event about herons" });
    await waitFor("its event", () => named(watch).some(({ type }) => type === "memory"));
    await watch.stop();
    const last = named(watch).at(-1)?.id ?? 0;
    await spore.post("/api/memory", { content: "missed while away" });
    const missed = await firstAfter(last);
    expect(missed).toMatchObject({ type: "memory" });
    expect(missed?.id).toBeGreaterThan(last);
    expect((await firstAfter(999_999))?.type).toBe("reset");
  });
});

test("OpenAPI lists the routes, /docs shows them without a request to anybody else, /metrics is Prometheus text", async () => {
  const spec = await spore.json<{ openapi: string; paths: Record<string, unknown> }>("/openapi.json");
  expect(spec.openapi).toStartWith("3.");
  for (const path of ["/api/health", "/api/task", "/api/memory/search", "/api/swarm", "/api/events"]) {
    expect(Object.keys(spec.paths)).toContain(path);
  }
  const docs = await (await spore.fetch("/docs")).text();
  expect(docs).not.toMatch(/https?:\/\//);
  expect(await (await spore.fetch("/metrics")).text()).toContain("synapse_memories{");
});

describe("settings", () => {
  const put = (body: unknown, headers: Record<string, string> = {}) =>
    guarded.put("/api/settings", body, headers);

  test("are the commander's, keep to their bounds, and a refused change changes nothing", async () => {
    expect((await guarded.fetch("/api/settings")).status).toBe(401);
    expect((await put({ settings: { "reasoning.cycles_max": 2 } })).status).toBe(401);
    const changed = await put({ settings: { "reasoning.cycles_max": 2 } }, authority);
    expect(changed.status).toBe(200);
    const refused = await put({ settings: { "reasoning.cycles_max": 3, "no.such": 1 } }, authority);
    expect(await refusal(refused)).toMatchObject({ status: 422, code: "invalid" });
    const { settings } = settingsSchema.parse(
      await (await guarded.fetch("/api/settings", { headers: authority })).json(),
    );
    expect(settings.find(({ key }) => key === "reasoning.cycles_max")?.value).toBe(2);
  });
});

/** A refusal names the member and says what it may be, on every route that takes a body, and over MCP. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { errorSchema } from "@synapse/shared/contract/status.ts";
import { callTool } from "../support/mcp-by-hand.ts";
import { cleanUp, startTestSpore, type TestSpore } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

let spore: TestSpore;
beforeAll(async () => {
  spore = await startTestSpore();
});
afterAll(cleanUp);

async function refusal(reply: Response): Promise<{ status: number; message: string }> {
  const { error } = errorSchema.parse(await reply.json());
  return { status: reply.status, message: error.message };
}

/** JSON.stringify writes half a pair as the escape that brings it in. */
const HALF = "half \ud800 of a pair";
const UNKNOWN_TASK = "0".repeat(64);

describe("text that has no UTF-8 form is refused where it comes in, by the member that holds it", () => {
  const cases: [path: string, body: unknown, member: string][] = [
    ["/api/memory", { content: HALF }, "content"],
    ["/api/memory", { memories: [{ content: "whole" }, { content: HALF }] }, "memories.1.content"],
    ["/api/memory", { content: "x", metadata: { note: HALF } }, "metadata.note"],
    ["/api/memory", { content: "x", metadata: { list: ["a", HALF] } }, "metadata.list.1"],
    ["/api/memory", { content: "x", metadata: { [HALF]: 1 } }, "metadata"],
    ["/api/memory", { content: "x", sequence: { document: HALF, index: 0 } }, "sequence.document"],
    ["/api/task", { task: HALF }, "task"],
    ["/api/task", { task: "x", expected: HALF }, "expected"],
    [`/api/task/${UNKNOWN_TASK}/grade`, { correct: true, note: HALF }, "note"],
    ["/api/invites", { note: HALF }, "note"],
    ["/api/keys", { key: "x", successor: null, reason: HALF }, "reason"],
    [`/api/proposals/${UNKNOWN_TASK}/reject`, { reason: HALF }, "reason"],
    [
      "/v1/chat/completions",
      { model: "synapse", messages: [{ role: "user", content: HALF }] },
      "messages.0.content",
    ],
  ];
  for (const [path, body, member] of cases) {
    test(`${path.replace(UNKNOWN_TASK, ":id")} ${member}`, async () => {
      const said = await refusal(await spore.post(path, body));
      expect(said).toEqual({
        status: 422,
        message: expect.stringMatching(new RegExp(`^${member}: .*surrogate`)),
      });
    });
  }

  test("settings", async () => {
    const said = await refusal(await spore.put("/api/settings", { settings: { "network.note": HALF } }));
    expect(said).toEqual({
      status: 422,
      message: expect.stringMatching(/^settings\.network\.note: .*surrogate/),
    });
  });

  test("MCP arguments, as a refusal that the model can read", async () => {
    const reply = await callTool(spore, "submit_task", { task: HALF });
    expect(reply.status).toBe(200);
    expect(await reply.text()).toMatch(/task: .*surrogate/);
  });

  test("a whole pair is a character like any other", async () => {
    const reply = await spore.post("/api/memory", {
      content: "an otter \ud83e\udda6 swims",
      metadata: { "🦦": "🦦" },
    });
    expect(reply.status).toBe(201);
    expect(spore.output()).not.toContain("lone surrogate");
  });
});

test("a body that is not UTF-8 is refused and not stored with other characters", async () => {
  const latin1 = Buffer.from('{"content": "caf\xe9", "task": "caf\xe9"}', "latin1");
  for (const path of ["/api/memory", "/api/task", "/mcp"]) {
    const reply = await fetch(`${spore.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: latin1,
    });
    // MCP says it in the words of its protocol.
    const words = path === "/mcp" ? "not a valid JSON-RPC message" : "not UTF-8";
    expect([path, reply.status, await reply.text()]).toEqual([path, 400, expect.stringContaining(words)]);
  }
});

test("an empty memory is named as it was sent", async () => {
  expect(await refusal(await spore.post("/api/memory", { content: " " }))).toEqual({
    status: 422,
    message: "content: is empty",
  });
  const second = await refusal(
    await spore.post("/api/memory", { memories: [{ content: "x" }, { content: "" }] }),
  );
  expect(second.message).toBe("memories.1.content: is empty");
});

const many = (count: number, more: object = {}) =>
  Array.from({ length: count }, () => ({ content: "x", ...more }));
const OTHER_FORMS: [name: string, path: string, body: unknown, says: RegExp][] = [
  ["content of another kind", "/api/memory", { content: 5 }, /^content: must be text$/],
  ["nothing given", "/api/memory", {}, /^content: is missing.*memories: is missing/],
  ["an unknown label", "/api/memory", { content: "x", label: "Public" }, /^label: .*"private".*"public"/],
  ["an unknown member", "/api/memory", { content: "x", labl: "x" }, /^labl: .*content, label, metadata/],
  [
    "metadata of another kind",
    "/api/memory",
    { content: "x", metadata: "s" },
    /^metadata: must be a JSON object/,
  ],
  [
    "a value too deep",
    "/api/memory",
    { content: "x", metadata: { a: [[1]] } },
    /^metadata\.a\.0: must be text, a number/,
  ],
  [
    "a value of no kind",
    "/api/memory",
    { content: "x", metadata: { a: [1, { b: [] }] } },
    /^metadata\.a\.1: must be text/,
  ],
  [
    "a long value",
    "/api/memory",
    { content: "x", metadata: { a: "x".repeat(2_001) } },
    /^metadata\.a: .*2000/,
  ],
  ["a long name", "/api/memory", { content: "x", metadata: { ["n".repeat(65)]: 1 } }, /^metadata\.n+: .*64/],
  ["too many", "/api/memory", { memories: many(1_500) }, /^memories: .*at most 1000/],
  ["none of many", "/api/memory", { memories: [] }, /^memories: .*at least 1/],
  ["many of another kind", "/api/memory", { memories: 5, label: "public" }, /memories: must be a list/],
  [
    "one bad label of many",
    "/api/memory",
    { memories: [...many(3), ...many(1, { label: "secret" })] },
    /^memories\.3\.label: .*"private"/,
  ],
  [
    "an unknown member of a task",
    "/api/task",
    { task: "x", foo: 1 },
    /^foo: .*task, priority, label, answer/,
  ],
  ["no task", "/api/task", { priority: "low" }, /^task: is missing/],
  ["an unknown form of answer", "/api/task", { task: "x", answer: { type: "poem" } }, /^answer\.type: /],
  ["half a statement", "/api/keys", { key: "x" }, /^key: must be a base64url/],
  ["a key of another kind", "/api/keys", { statement: 5 }, /^statement: must be a JSON object/],
  ["no messages", "/v1/chat/completions", { model: "synapse", messages: [] }, /^messages: say at least one/],
  ["a list as body", "/api/task", ["x"], /^the body must be a JSON object/],
];

describe("a body of another form is refused by the member, with what it may be", () => {
  for (const [name, path, body, says] of OTHER_FORMS) {
    test(name, async () => {
      const said = await refusal(await spore.post(path, body));
      expect(said).toEqual({ status: 422, message: expect.stringMatching(says) });
    });
  }

  test("a parameter out of its bounds", async () => {
    const said = await refusal(await spore.fetch("/api/memory/search?q=x&k=1000000"));
    expect(said).toEqual({ status: 422, message: expect.stringMatching(/^k: must be at most 100$/) });
  });

  test("what was sent is not repeated", async () => {
    const secret = `ghp_${"a1B2".repeat(10)}`;
    for (const body of [
      { content: 5, metadata: secret },
      { content: "x", label: secret },
    ]) {
      expect((await refusal(await spore.post("/api/memory", body))).message).not.toContain(secret);
    }
  });
});

test("a body of which every member is optional can be left out", async () => {
  for (const init of [{}, { headers: { "content-type": "application/json" } }]) {
    const reply = await spore.fetch("/api/invites", { method: "POST", ...init });
    expect(reply.status).toBe(201);
    expect(await reply.json()).toMatchObject({ invite: expect.any(String) });
  }
});

describe("a parameter that means nothing is refused instead of being passed over", () => {
  for (const [path, says] of [
    ["/api/tasks?cursor=zzz", /^cursor: must be `next`/],
    ["/api/history?metric=memories&to=9999999999999999", /^to: must be from the year 1970 to the year 9999/],
    ["/api/history?metric=memories&from=yesterday", /^from: use ISO 8601/],
    ["/api/memory/search?q=x&to=9999999999999999", /^to: must be from the year 1970/],
    ["/api/wall?from=-000001-01-01T00:00:00Z", /^from: must be from the year 1970/],
  ] as const) {
    test(path, async () => {
      const said = await refusal(await spore.fetch(path));
      expect(said).toEqual({ status: 422, message: expect.stringMatching(says) });
    });
  }

  test("the last moment there is gives points that have a date", async () => {
    const { points } = await spore.json<{ points: [number, number | null][] }>(
      "/api/history?metric=memories&from=9999-12-31T00:00:00Z&to=9999-12-31T23:59:59.999Z",
    );
    expect(points.length).toBeGreaterThan(0);
    for (const [at] of points) expect(new Date(at).getTime()).toBe(at);
  });

  test("a cursor over MCP", async () => {
    const reply = await callTool(spore, "list_tasks", { cursor: "zzz" });
    expect(await reply.text()).toContain("cursor: must be `next`");
  });
});

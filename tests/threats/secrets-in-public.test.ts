/**
 * A secret in something labelled public is refused with 422 that names what was found and never repeats it, wherever in
 * a memory or task it stands; the same text stays welcome under a narrower label. Ordinary words survive.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { callTool } from "../support/mcp-by-hand.ts";
import { cleanUp, startTestSpore, type TestSpore } from "../support/swarm.ts";

setDefaultTimeout(120_000);

const SECRET = `ghp_${"a1B2c3D4e5F6g7H8i9J0".repeat(2).slice(0, 36)}`;
const CARD = "4111 1111 1111 1111";

let spore: TestSpore;
beforeAll(async () => {
  spore = await startTestSpore();
});
afterAll(cleanUp);

const ATTEMPTS: readonly (readonly [string, string, Record<string, unknown>])[] = [
  ["a memory", "/api/memory", { content: `the key is ${SECRET}` }],
  ["a memory's metadata", "/api/memory", { content: "harmless", metadata: { note: `use ${SECRET}` } }],
  ["a list in metadata", "/api/memory", { content: "harmless", metadata: { notes: ["a", SECRET] } }],
  ["a name in metadata", "/api/memory", { content: "harmless", metadata: { [SECRET.slice(0, 60)]: "x" } }],
  [
    "the name of a document",
    "/api/memory",
    { content: "harmless", sequence: { document: `${SECRET}.txt`, index: 0 } },
  ],
  ["a card number", "/api/memory", { content: `pay with ${CARD}` }],
  ["a task", "/api/task", { task: `why does ${SECRET} not work?` }],
  [
    "an answer option",
    "/api/task",
    { task: "which one?", answer: { type: "choice", options: ["none", SECRET] } },
  ],
];

describe("a secret in public text", () => {
  test.each(ATTEMPTS)("%s is refused with 422, named and not repeated", async (_, path, body) => {
    const refused = await spore.post(path, { ...body, label: "public" });
    const text = await refused.text();
    expect(refused.status).toBe(422);
    expect((JSON.parse(text) as { error: { code: string } }).error.code).toBe("secret_found");
    expect(text).toMatch(/GitHub token|card number/);
    expect(text).not.toContain(SECRET.slice(8));
    const accepted = await spore.post(path, { ...body, label: "private" });
    expect(accepted.status).toBe(201);
  });

  test("one secret in a batch stops the whole batch", async () => {
    const before = (await spore.health()).memories;
    const refused = await spore.post("/api/memory", {
      memories: [{ content: "fine" }, { content: SECRET }],
      label: "public",
    });
    expect(refused.status).toBe(422);
    expect((await spore.health()).memories).toBe(before);
  });

  test("through MCP it is refused as well", async () => {
    const reply = await callTool(spore, "submit_task", { task: `is ${SECRET} valid?`, label: "public" });
    const text = await reply.text();
    expect(text).toContain("GitHub token");
    expect(text).not.toContain(SECRET.slice(8));
  });

  test("ordinary words survive, and are stored as they were written", async () => {
    for (const content of [
      "a risk-averse investor prefers bonds",
      "task-orchestration across machines",
      "operator precedence decides which comes first",
      "the users asked for more chairs",
    ]) {
      const reply = await spore.post("/api/memory", { content, label: "public" });
      expect(reply.status).toBe(201);
      const { ids } = (await reply.json()) as { ids: string[] };
      const stored = await spore.json<{ entry: { body: { content: string } } }>(`/api/memory/${ids[0]}`);
      expect(stored.entry.body.content).toBe(content);
    }
  });

  test("every refusal is in the wall's books, and no secret is", async () => {
    const wall = await spore.json<{ blocks: number; recent_audit: { reason: string }[] }>(
      "/api/wall?action=blocked&limit=500",
    );
    expect(wall.blocks).toBeGreaterThanOrEqual(ATTEMPTS.length);
    expect(wall.recent_audit.some(({ reason }) => reason.includes("GitHub token"))).toBe(true);
    expect(JSON.stringify(wall)).not.toContain(SECRET.slice(8));
  });
});

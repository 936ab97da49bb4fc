/**
 * The page's tests rest on fixtures; these rest on a real spore. What a test spore tells has the shape of what a real
 * one tells, route by route, to its commander and to strangers; and what the page orders, a real spore takes.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cleanUp, type TestSpore as RealSpore, startTestSpore, waitFor } from "../support/swarm.ts";
import { CAST, idOf, SEAL_TASK } from "./support/fixtures.ts";
import { shapeDifferences } from "./support/shape.ts";
import { TestSpore } from "./support/test-spore.ts";

const TOKEN = "a-token-of-the-operator";
const FORBIDDEN_KEY = "Epn0rQ7uiUK9x9EBrPODEeSB80XddNVjwsglS49GZbE";
/** Members that are names of spores, days, bands or providers. */
const MAPS = [/(^|\.)clock$/, /^days$/, /^days\.\*$/, /bands$/];

let real: RealSpore;
let busy: TestSpore;
let quiet: TestSpore;
let task: string;
let memory: string;

const asCommander = { authorization: `Bearer ${TOKEN}` };
const order = (method: string, path: string, body: unknown) =>
  real.fetch(path, {
    method,
    headers: { ...asCommander, "content-type": "application/json" },
    body: JSON.stringify(body),
  });

beforeAll(async () => {
  // A model that nobody serves: it is among the providers, and what it would be asked the embedded one is asked.
  const model = { LLM_ENDPOINT: "http://127.0.0.1:9/v1", LLM_MODEL: "nobody-serves-this" };
  real = await startTestSpore({ env: { SPORE_TOKEN: TOKEN, ...model } });
  busy = new TestSpore({ cast: CAST[0] as never, token: TOKEN, complete: true });
  quiet = new TestSpore({ cast: CAST[0] as never, token: TOKEN });
  const remembered = await order("POST", "/api/memory", {
    content: "Jonas replaced the seal of the irrigation pump with a NBR-70 ring.",
  });
  memory = ((await remembered.json()) as { ids: string[] }).ids[0] ?? "";
  const asked = await order("POST", "/api/task", { task: "Which ring is in the irrigation pump?" });
  task = ((await asked.json()) as { task_id: string }).task_id;
  await waitFor("the answer", async () => {
    const reply = await real.fetch(`/api/task/${task}`, { headers: asCommander });
    return ((await reply.json()) as { status: string }).status === "converged";
  });
  // A grade is evidence, which is what trust has a shape from.
  expect((await order("POST", `/api/task/${task}/grade`, { correct: true })).status).toBe(200);
}, 60_000);

afterAll(async () => {
  await busy.stop();
  await quiet.stop();
  await cleanUp();
});

async function differences(path: string, told: TestSpore, headers: Record<string, string>, at = path) {
  const answer = async (url: string) => {
    const reply = await fetch(url, { headers });
    return { status: reply.status, body: await reply.json() };
  };
  const [of, by] = [await answer(`${real.url}${path}`), await answer(`${told.url}${at}`)];
  if (of.status !== by.status)
    return [`${path}: a real spore answers ${of.status}, the fixture ${by.status}`];
  return shapeDifferences(of.body, by.body, MAPS).map((difference) => `${path}: ${difference}`);
}

/** Told by every spore. */
const ALWAYS = [
  "/api/health",
  "/api/swarm",
  "/api/tasks?limit=10",
  "/api/memory",
  "/api/memory/search?q=seal",
  "/api/wall",
  "/api/trust",
  "/api/quantum",
  "/api/convergence",
  "/api/federation/status",
  "/api/settings",
  "/api/blocklist",
  "/api/invites",
  "/api/history",
] as const;
/** Told differently where the commander switched it off. */
const SWITCHED = [
  "/api/cognition",
  "/api/sentinel/status",
  "/api/sentinel/deployments",
  "/api/proposals",
] as const;

describe("a test spore tells what a real one tells", () => {
  for (const [who, headers] of [
    ["its commander", asCommander],
    ["a stranger", {}],
  ] as const) {
    test(`to ${who}`, async () => {
      const found: string[] = [];
      for (const path of ALWAYS) {
        for (const told of [busy, quiet]) found.push(...(await differences(path, told, headers)));
      }
      for (const path of ["/api/providers", ...SWITCHED])
        found.push(...(await differences(path, busy, headers)));
      expect([...new Set(found)]).toEqual([]);
    });
  }

  test("of a task, an entry and a series", async () => {
    const now = Date.now();
    const series = `/api/history?metric=memories&from=${now - 3_600_000}&to=${now}&step=60`;
    const found = [
      ...(await differences(`/api/task/${task}`, busy, asCommander, `/api/task/${idOf(SEAL_TASK)}`)),
      ...(await differences(`/api/memory/${memory}`, busy, asCommander, `/api/memory/${idOf("seal")}`)),
      ...(await differences(series, busy, asCommander)),
      ...(await differences("/api/cortex", quiet, asCommander)),
    ];
    expect(found).toEqual([]);
  });

  test("keeps every series that a real one keeps, under the same name and unit", async () => {
    const list = async (url: string) =>
      ((await (await fetch(`${url}/api/history`, { headers: asCommander })).json()) as { metrics: unknown[] })
        .metrics;
    expect(await list(busy.url)).toEqual(await list(real.url));
  });

  test("and refuses what a real one refuses", async () => {
    const orders = [
      ["PUT", "/api/settings", { settings: { "reasoning.cycles_max": 99 } }],
      ["PUT", "/api/settings", { settings: { "no.such": 1 } }],
      ["PUT", "/api/blocklist", { keys: ["short"] }],
      ["PUT", "/api/blocklist", { keys: [{ key: FORBIDDEN_KEY, note: "n", more: 1 }] }],
      ["PUT", "/api/blocklist", { blocked: [] }],
      ["POST", "/api/invites", { note: "x".repeat(201) }],
      ["POST", `/api/proposals/${idOf("none")}/reject`, { note: "not a member of it" }],
      ["POST", `/api/task/${task}/grade`, { correct: true, why: "not a member of it" }],
    ] as const;
    for (const [method, path, body] of orders) {
      const init = {
        method,
        headers: { ...asCommander, "content-type": "application/json" },
        body: JSON.stringify(body),
      };
      const statuses = [real.url, busy.url].map(async (url) => (await fetch(`${url}${path}`, init)).status);
      expect({ path, body, statuses: await Promise.all(statuses) }).toEqual({
        path,
        body,
        statuses: [422, 422],
      });
    }
  });

  test("also where the commander switched idle thinking and the Sentinel off", async () => {
    const switches = { "cognition.enabled": false, "sentinel.enabled": false };
    expect((await order("PUT", "/api/settings", { settings: switches })).status).toBe(200);
    const found: string[] = [];
    for (const path of SWITCHED) {
      found.push(...(await differences(path, quiet, asCommander)));
      found.push(...(await differences(path, quiet, {})));
    }
    expect(found).toEqual([]);
  });
});

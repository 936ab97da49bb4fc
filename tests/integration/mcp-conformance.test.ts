/**
 * The official MCP conformance suite against a real spore, every scenario of it accounted for.
 *
 * Most scenarios call tools, prompts and resources of fixed names ("test_simple_text") that a server written for the
 * suite has and a spore does not. They are listed with the reason, and the suite is told to expect them to fail: one
 * that begins to pass, and one that a newer suite adds, fail this test until the lists are right again.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { outputOf } from "../support/command-output.ts";
import { messageOf, postMcp } from "../support/mcp-by-hand.ts";
import { ROOT } from "../support/source-tree.ts";
import { cleanUp, freshDir, startTestSpore, type TestSpore } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const APPLICABLE = ["dns-rebinding-protection", "ping", "resources-list", "server-initialize", "tools-list"];

const FIXTURE_TOOL = "calls a tool that only a server written for the suite has; mcp.test.ts calls ours";
const FIXTURE_RESOURCE =
  "reads a resource that only a server written for the suite has; mcp.test.ts reads ours";
const SERVER_ASKS = "the server asks the client in the middle of a call; a spore asks nothing back";
const NO_PROMPTS = "a spore offers no prompts";
const NO_SUBSCRIPTIONS = "an entry never changes once it is signed, so there is nothing to subscribe to";

const NOT_APPLICABLE: Readonly<Record<string, string>> = {
  "completion-complete": "completes the argument of a prompt, and a spore offers no prompts",
  "elicitation-sep1034-defaults": SERVER_ASKS,
  "elicitation-sep1330-enums": SERVER_ASKS,
  "json-schema-2020-12": FIXTURE_TOOL,
  "logging-set-level": "a spore sends its log to no client; deprecated since revision 2026-07-28",
  "prompts-get-embedded-resource": NO_PROMPTS,
  "prompts-get-simple": NO_PROMPTS,
  "prompts-get-with-args": NO_PROMPTS,
  "prompts-get-with-image": NO_PROMPTS,
  "prompts-list": NO_PROMPTS,
  "resources-read-binary": FIXTURE_RESOURCE,
  "resources-read-text": FIXTURE_RESOURCE,
  "resources-subscribe": NO_SUBSCRIPTIONS,
  "resources-templates-read": FIXTURE_RESOURCE,
  "resources-unsubscribe": NO_SUBSCRIPTIONS,
  "tools-call-audio": FIXTURE_TOOL,
  "tools-call-elicitation": SERVER_ASKS,
  "tools-call-embedded-resource": FIXTURE_TOOL,
  "tools-call-error": FIXTURE_TOOL,
  "tools-call-image": FIXTURE_TOOL,
  "tools-call-mixed-content": FIXTURE_TOOL,
  "tools-call-sampling": SERVER_ASKS,
  "tools-call-simple-text": FIXTURE_TOOL,
  "tools-call-with-logging": FIXTURE_TOOL,
  "tools-call-with-progress": FIXTURE_TOOL,
};

/** These check nothing of a server without sessions, and say so with a warning; a spore keeps none. */
const NEED_SESSIONS = ["server-sse-multiple-streams", "server-sse-polling"];

let spore: TestSpore;
beforeAll(async () => {
  spore = await startTestSpore();
});
afterAll(cleanUp);

test("every applicable scenario passes, and nothing is passed over", async () => {
  const baseline = join(freshDir(), "baseline.yml");
  writeFileSync(
    baseline,
    `server:\n${[...Object.keys(NOT_APPLICABLE), ...NEED_SESSIONS].map((name) => `  - ${name}\n`).join("")}`,
  );
  const {
    stdout: printed,
    stderr: complaints,
    code,
  } = await outputOf(
    [
      ...[process.execPath, "x", "--bun", "conformance", "server", "--url", `${spore.url}/mcp`],
      ...["--suite", "all", "--expected-failures", baseline],
    ],
    { cwd: ROOT },
  );
  const outcomes = new Map(
    [...printed.matchAll(/^[✓✗] ([\w-]+): (\d+) passed, (\d+) failed/gm)].map(
      ([, name = "", passed, failed]) => [name, { passed: Number(passed), failed: Number(failed) }],
    ),
  );
  expect([...outcomes.keys()].sort()).toEqual(
    [...APPLICABLE, ...NEED_SESSIONS, ...Object.keys(NOT_APPLICABLE)].sort(),
  );
  for (const name of APPLICABLE) {
    expect({ name, ...outcomes.get(name) }).toEqual({ name, passed: expect.any(Number), failed: 0 });
    expect(outcomes.get(name)?.passed).toBeGreaterThan(0);
  }
  expect(`${complaints}${code === 0 ? "" : printed}`).toBe("");
  for (const [name, reason] of Object.entries(NOT_APPLICABLE))
    console.info(`not applicable: ${name}: ${reason}`);
});

test("what the reasons rest on: no prompts, completions, log messages, subscriptions or sessions are offered", async () => {
  const reply = await postMcp(spore, "initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  });
  expect(reply.headers.get("mcp-session-id")).toBeNull();
  const { result } = await messageOf(reply);
  const { capabilities } = result as { capabilities: Record<string, object> };
  expect(Object.keys(capabilities).sort()).toEqual(["resources", "tools"]);
  expect(capabilities.resources).not.toHaveProperty("subscribe", true);
});

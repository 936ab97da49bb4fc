/** What a spore says of an environment that cannot do what was meant, and of a data dir and a port it cannot have. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { ROOT } from "../support/source-tree.ts";
import { startSpore } from "../support/spore-process.ts";
import { cleanUp, freshDir, startTestSpore } from "../support/swarm.ts";

setDefaultTimeout(120_000);
afterAll(cleanUp);

test("what is well formed and can never work is a warning each, which names the variable", async () => {
  const spore = await startSpore({
    dataDir: freshDir(),
    env: {
      HOST: "0.0.0.0",
      LLM_ENDPOINT: "foo",
      CORTEX_BACKEND: "local",
      CORTEX_MODEL: "/nope.gguf",
      BOOTSTRAP_URL: "/nope.json",
    },
  });
  const warnings = spore
    .output()
    .split("\n")
    .filter((line) => /\bwarn\b/i.test(line))
    .join("\n");
  await spore.stop();
  expect(warnings).toContain("HOST=0.0.0.0 without SPORE_TOKEN");
  expect(warnings).toContain('LLM_ENDPOINT: "foo" is taken as http://foo/v1');
  expect(warnings).toContain("CORTEX_MODEL: there is no file /nope.gguf");
  expect(warnings).toContain("BOOTSTRAP_URL: there is no file /nope.json");
});

test("an environment that works is started without a warning", async () => {
  const env = { HOST: "0.0.0.0", SPORE_TOKEN: "12345678", LLM_ENDPOINT: "http://127.0.0.1:9/v1" };
  const spore = await startSpore({ dataDir: freshDir(), env });
  const printed = spore.output();
  await spore.stop();
  expect(printed).not.toMatch(/SPORE_TOKEN|LLM_ENDPOINT|CORTEX_MODEL|BOOTSTRAP_URL/);
});

/** Starts one that is meant to end by itself. */
async function endOf(env: Readonly<Record<string, string>>): Promise<{ code: number; lines: string[] }> {
  const child = Bun.spawn([process.execPath, join(ROOT, "spore/src/main.ts")], {
    cwd: freshDir(),
    env: {
      PATH: process.env.PATH,
      SPORE_PARENT_PID: String(process.pid),
      BOOTSTRAP_URL: "none",
      CORTEX_BACKEND: "off",
      LLM_DETECT_LOCAL: "0",
      ...env,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    // A spore that listens would never end.
    timeout: 30_000,
  });
  const printed = await Promise.all(
    [child.stdout, child.stderr].map((stream) => new Response(stream).text()),
  );
  return { code: await child.exited, lines: printed.join("").trimEnd().split("\n") };
}

test("a data dir that cannot be made ends it with one line that says how to mend it", async () => {
  const { code, lines } = await endOf({ SPORE_DATA_DIR: "/proc/x" });
  expect([code, lines]).toEqual([1, [expect.stringContaining("SPORE_DATA_DIR")]]);
});

test("a port that another spore has ends it with the reason and the mend, and the first answers all", async () => {
  const first = await startTestSpore();
  const { key } = await first.health();
  const { code, lines } = await endOf({ SPORE_DATA_DIR: freshDir(), PORT: String(first.port) });
  const last = lines.at(-1);
  expect([code, last]).toEqual([1, expect.stringContaining(`cannot listen on 127.0.0.1:${first.port}`)]);
  expect(last).toContain("another PORT");
  expect(lines.join("\n")).not.toMatch(/\bat .*\.ts:\d+/);
  for (let i = 0; i < 20; i++) expect((await first.health()).key).toBe(key);
});

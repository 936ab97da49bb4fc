/** What a spore says of an environment that cannot do what was meant, and of a data dir it cannot have. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { ROOT } from "../support/source-tree.ts";
import { startSpore } from "../support/spore-process.ts";
import { cleanUp, freshDir } from "../support/swarm.ts";

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

test("a data dir that cannot be made ends it with one line that says how to mend it", async () => {
  const child = Bun.spawn([process.execPath, join(ROOT, "spore/src/main.ts")], {
    cwd: freshDir(),
    env: { PATH: process.env.PATH ?? "", SPORE_DATA_DIR: "/proc/x", BOOTSTRAP_URL: "none", CI: "true" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect(await child.exited).toBe(1);
  const lines = `${stdout}${stderr}`.trimEnd().split("\n");
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("SPORE_DATA_DIR");
});

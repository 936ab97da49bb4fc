/** What a caller of Cortex meets while its process is slow: a program that loads only when it is told stands in for it. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SYSTEM_CLOCK } from "../clock.ts";
import { createCortexWorker } from "./worker-process.ts";

setDefaultTimeout(60_000);

const REQUEST = {
  messages: [{ role: "user" as const, content: "Where?" }],
  maxTokens: 8,
  temperature: 0,
  schema: null,
};
const HOUR_MS = 3_600_000;

const dir = mkdtempSync(join(tmpdir(), "synapse-worker-"));
/** Says it has loaded once `loaded` exists, and answers every request with "here". */
const SLOW = `
  import { existsSync, writeFileSync } from "node:fs";
  const here = (name) => Bun.fileURLToPath(new URL(name, import.meta.url));
  process.on("disconnect", () => process.exit(0));
  process.on("message", async (command) => {
    if (command.type === "load") {
      writeFileSync(here("loading"), "");
      while (!existsSync(here("loaded"))) await Bun.sleep(5);
      process.send({ type: "loaded", contextTokens: 64, loadMs: 1 });
    } else if (command.type === "generate") {
      process.send({ type: "done", id: command.id, text: "here", tokensIn: 1, tokensOut: 1, cut: false });
    }
  });
  process.send({ type: "started" });
`;

const workers: ReturnType<typeof createCortexWorker>[] = [];
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop();
  rmSync(dir, { recursive: true, force: true });
});

test("signal and time limit end a request while the model loads, and the next one finds it loaded", async () => {
  const script = join(dir, "slow.ts");
  writeFileSync(script, SLOW);
  const worker = createCortexWorker(
    { path: "none", contextTokens: 64, memoryBytes: 1, threads: 1 },
    SYSTEM_CLOCK,
    script,
  );
  workers.push(worker);
  const controller = new AbortController();
  const given = worker.generate(REQUEST, { timeoutMs: HOUR_MS, signal: controller.signal }, undefined);
  while (!existsSync(join(dir, "loading"))) await Bun.sleep(5);
  controller.abort();
  expect(await given).toEqual({ ok: false, error: { kind: "cancelled" } });
  const late = await worker.generate(REQUEST, { timeoutMs: 20, signal: undefined }, undefined);
  expect(late).toEqual({ ok: false, error: { kind: "timed_out" } });
  const pid = worker.pid();
  expect(worker.isLoading()).toBe(true);
  writeFileSync(join(dir, "loaded"), "");
  expect(await worker.generate(REQUEST, { timeoutMs: HOUR_MS, signal: undefined }, undefined)).toMatchObject({
    ok: true,
    value: { text: "here" },
  });
  expect(worker.pid()).toBe(pid);
  // A caller that gave up before it asked is told so, whether or not the model is there.
  expect(
    await worker.generate(REQUEST, { timeoutMs: HOUR_MS, signal: AbortSignal.abort() }, undefined),
  ).toEqual({
    ok: false,
    error: { kind: "cancelled" },
  });
});

/**
 * The model's file from a hub on loopback: redirected, resumed after every kind of break, refused where size or checksum
 * differ, clear about a full disk; and a spore of a Space that gets its Cortex this way.
 */
import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { partStateSchema } from "@synapse/shared/contract/status.ts";
import type { Cortex } from "@synapse/spore/llm/cortex/cortex.ts";
import { downloadModel } from "@synapse/spore/llm/cortex/model-download.ts";
import { parseModelReference } from "@synapse/spore/llm/cortex/model-reference.ts";
import { RETRY_MS } from "@synapse/spore/llm/cortex/model-supply.ts";
import { createManualClock, type ManualClock } from "../support/model-chain.ts";
import { type ModelHub, type ModelHubOptions, startModelHub } from "../support/model-hub.ts";
import { CHAT_REQUEST, KEY_CANARY } from "../support/model-server-suite.ts";
import { ROOT } from "../support/source-tree.ts";
import { cleanUp, freshDir, startTestSpore, waitFor } from "../support/swarm.ts";
import { endCortexes, endLater, openCortex, serverOf } from "../support/test-cortex.ts";
import { writeTinyGguf } from "../support/tiny-gguf.ts";

// Loading takes a fraction of a second; the limit only ends what hangs.
setDefaultTimeout(90_000);

const mounts: string[] = [];
afterEach(endCortexes);
afterAll(async () => {
  for (const mount of mounts) spawnSync("umount", ["-l", mount]);
  await cleanUp();
});

const tiny = join(freshDir(), "tiny.gguf");
writeTinyGguf(tiny);
const file = readFileSync(tiny);
const reference = "hf:me/tiny/tiny.gguf";
const NAME = "me--tiny--tiny.gguf";
const canLoad = existsSync(join(ROOT, "spore/node_modules/node-llama-cpp"));
if (!canLoad)
  process.stdout.write("skipped: a downloaded model at work: node-llama-cpp is not installed here\n");

async function startHub(options: ModelHubOptions = {}): Promise<ModelHub> {
  const hub = await startModelHub(file, options);
  endLater(hub);
  return hub;
}

const settled = (cortex: Cortex) =>
  waitFor("the download", () => cortex.describe(false).state !== "downloading");
const reasonOf = (cortex: Cortex) => String(cortex.describe(false).reason);
const rangesOf = (hub: ModelHub) => hub.seen.flatMap(({ host, range }) => (host === "store" ? [range] : []));

/** Cortex with consent given, a clock that the test moves, and a folder to look into. */
async function begin(options: ModelHubOptions, folder = freshDir()) {
  const hub = await startHub(options);
  const clock = createManualClock(0);
  const environment = { CORTEX_MODEL: reference, CORTEX_HUB_URL: hub.url, CORTEX_DOWNLOAD: "1" };
  const cortex = openCortex(environment, { folder, clock });
  cortex.start();
  await settled(cortex);
  return { hub, clock, cortex, folder, files: () => readdirSync(folder) };
}

/** Moves to the next attempt. @returns after which pause, ms */
async function nextAttempt(clock: ManualClock, cortex: Cortex): Promise<number> {
  const pause = (clock.next() ?? Number.NaN) - clock.now();
  clock.pass(pause);
  await settled(cortex);
  return pause;
}

describe("a model's file", () => {
  test("comes only with consent, is checked and put in place; the token is the hub's alone", async () => {
    const hub = await startHub();
    const folder = freshDir();
    const cautious = openCortex({ CORTEX_MODEL: reference, CORTEX_HUB_URL: hub.url }, { folder });
    cautious.start();
    expect(cautious.describe(false)).toMatchObject({ state: "no_file" });
    expect(hub.seen).toHaveLength(0);
    expect(cautious.download()).toMatchObject({ ok: true });
    expect(cautious.describe(false)).toMatchObject({ state: "downloading" });
    await settled(cautious);
    expect(cautious.describe(true)).toMatchObject({ enabled: true, state: "ready", size_bytes: file.length });
    expect(readFileSync(join(folder, NAME)).equals(file)).toBe(true);
    expect(hub.seen.map(({ host, authorization }) => [host, authorization])).toEqual([
      ["hub", `Bearer ${KEY_CANARY}`],
      ["store", null],
    ]);
  });

  test("what an earlier start of this very process number left is taken over: its lock, and a file not yet checked", async () => {
    const folder = freshDir();
    writeFileSync(join(folder, `${NAME}.part`), file);
    writeFileSync(join(folder, `${NAME}.lock`), String(process.pid));
    const { cortex, hub, files } = await begin({}, folder);
    expect(files()).toEqual([NAME]);
    expect(readFileSync(join(folder, NAME)).equals(file)).toBe(true);
    expect(cortex.describe(true)).toMatchObject({ state: "ready" });
    expect(rangesOf(hub)).toEqual([`bytes=${file.length}-`]);
  });

  test("a folder that cannot be made is said, and tried again", async () => {
    const { cortex, clock } = await begin({}, join(tiny, "below a file"));
    expect(reasonOf(cortex)).toContain("ENOTDIR");
    expect(await nextAttempt(clock, cortex)).toBe(RETRY_MS[1] as number);
  });

  test("goes on by itself where it ended, soon as long as something arrives", async () => {
    const { hub, clock, cortex, folder } = await begin({
      mishaps: [
        { kind: "short", after: 100_000 },
        { kind: "short", after: 50_000 },
      ],
    });
    expect(cortex.describe(false)).toMatchObject({ state: "no_file", enabled: false });
    expect(reasonOf(cortex)).toMatch(/go on from there.*trying again in 2 s/);
    expect(await nextAttempt(clock, cortex)).toBe(RETRY_MS[0] as number);
    expect(await nextAttempt(clock, cortex)).toBe(RETRY_MS[0] as number);
    expect(cortex.describe(false)).toMatchObject({ enabled: true, state: "ready" });
    expect(rangesOf(hub)).toEqual([null, "bytes=100000-", "bytes=150000-"]);
    expect(readFileSync(join(folder, NAME)).equals(file)).toBe(true);
    expect(clock.next()).toBeNull();
  });

  test("goes on from whatever arrived before the connection was cut", async () => {
    const { hub, clock, cortex, folder } = await begin({
      mishaps: [1, 2, 3].map((nth) => ({ kind: "cut", after: nth * 80_000 })),
    });
    // All that was sent may arrive: even then something is left for the fourth.
    expect(file.length).toBeGreaterThan((1 + 2 + 3) * 80_000);
    const part = join(folder, `${NAME}.part`);
    for (let attempt = 1; cortex.describe(false).state !== "ready"; attempt += 1) {
      expect(reasonOf(cortex)).toContain("go on from there");
      const have = existsSync(part) ? statSync(part).size : 0;
      expect(readFileSync(part).equals(file.subarray(0, have))).toBe(true);
      await nextAttempt(clock, cortex);
      expect([attempt, rangesOf(hub)[attempt]]).toEqual([attempt, have === 0 ? null : `bytes=${have}-`]);
    }
    expect(rangesOf(hub)).toHaveLength(4);
    expect(readFileSync(join(folder, NAME)).equals(file)).toBe(true);
  });

  test("waits longer and longer for a hub that is out of order", async () => {
    const { clock, cortex } = await begin({
      mishaps: Array.from({ length: 6 }, () => ({ kind: "status" as const, status: 503 })),
    });
    expect(reasonOf(cortex)).toContain("the hub answered 503");
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 6; attempt += 1) pauses.push(await nextAttempt(clock, cortex));
    const last = RETRY_MS.at(-1) as number;
    expect(pauses).toEqual([...RETRY_MS.slice(1), last, last, last]);
    expect(cortex.describe(false)).toMatchObject({ state: "ready" });
  });

  test.each([
    ["serves the whole file instead of the rest", { kind: "whole" }, ["bytes=100000-"]],
    ["serves another piece than was asked for", { kind: "elsewhere" }, ["bytes=100000-", null]],
    ["knows no such range", { kind: "status", status: 416 }, ["bytes=100000-", null]],
  ] as const)("is whole, too, from a store that %s", async (_, mishap, ranges) => {
    const { hub, clock, cortex, folder } = await begin({
      mishaps: [{ kind: "short", after: 100_000 }, mishap],
    });
    await nextAttempt(clock, cortex);
    expect(cortex.describe(false)).toMatchObject({ state: "ready" });
    expect(rangesOf(hub)).toEqual([null, ...ranges]);
    expect(readFileSync(join(folder, NAME)).equals(file)).toBe(true);
  });

  test("is not begun with a part that nobody asked for: said, nothing kept of it, and the whole comes later", async () => {
    const { hub, clock, cortex, folder, files } = await begin({
      mishaps: [{ kind: "unasked", from: 100_000 }],
    });
    expect(cortex.describe(false)).toMatchObject({ enabled: false, state: "no_file" });
    expect(reasonOf(cortex)).toContain("the hub sent a part that nobody asked for");
    expect(files()).toEqual([]);
    expect(await nextAttempt(clock, cortex)).toBe(RETRY_MS[1] as number);
    expect(cortex.describe(false)).toMatchObject({ state: "ready" });
    expect(rangesOf(hub)).toEqual([null, null]);
    expect(readFileSync(join(folder, NAME)).equals(file)).toBe(true);
  });

  test("is given up as broken when nothing comes any more, and goes on from there", async () => {
    const hub = await startHub({ mishaps: [{ kind: "stall", after: 60_000 }] });
    const parsed = parseModelReference(reference);
    if (!parsed.ok || parsed.value.kind !== "hub") throw new Error(reference);
    const folder = freshDir();
    const attempt = (stallMs: number) =>
      downloadModel({
        reference: parsed.value as never,
        folder,
        hubUrl: hub.url,
        token: null,
        fetch,
        onProgress: () => undefined,
        signal: new AbortController().signal,
        stallMs,
      });
    expect(await attempt(500)).toMatchObject({
      ok: false,
      error: { kind: "broken", message: expect.stringContaining("nothing came for 0.5 s") },
    });
    const part = join(folder, `${NAME}.part`);
    const have = existsSync(part) ? statSync(part).size : 0;
    expect(await attempt(30_000)).toMatchObject({ ok: true });
    expect(rangesOf(hub)).toEqual([null, have === 0 ? null : `bytes=${have}-`]);
  });
});

describe("what is no such file", () => {
  test.each([
    ["has another checksum", { sha256: "ab".repeat(32) }, "checksum"],
    ["is longer than announced", { mishaps: [{ kind: "more" }] }, "more than it had announced"],
    ["may not be read", { mishaps: [{ kind: "status", status: 403 }] }, "accept the model's terms"],
  ] as const)("because it %s: refused, said, nothing left, not tried again", async (_, options, words) => {
    const { clock, cortex, files } = await begin(options);
    expect(cortex.describe(false)).toMatchObject({ enabled: false, state: "no_file" });
    expect(reasonOf(cortex)).toContain(words);
    expect(files()).toEqual([]);
    expect(clock.next()).toBeNull();
  });

  test("a file that is no GGUF, though its checksum is right; a hub that has none", async () => {
    const page = Buffer.from("<html>sign in first</html>");
    const hub = await startModelHub(page, { sha256: createHash("sha256").update(page).digest("hex") });
    endLater(hub);
    for (const [model, words] of [
      [reference, "no GGUF file"],
      ["hf:me/other/x.gguf", "no such file"],
    ] as const) {
      const folder = freshDir();
      const cortex = openCortex({ CORTEX_MODEL: model, CORTEX_HUB_URL: hub.url }, { folder });
      cortex.download();
      await settled(cortex);
      expect(reasonOf(cortex)).toContain(words);
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  test("references are read strictly", () => {
    expect(parseModelReference("hf:Qwen/Qwen3-4B-GGUF/Qwen3-4B-Q4_K_M.gguf@v1")).toMatchObject({
      ok: true,
      value: { repository: "Qwen/Qwen3-4B-GGUF", file: "Qwen3-4B-Q4_K_M.gguf", revision: "v1" },
    });
    expect(parseModelReference("models/a.gguf")).toMatchObject({ ok: true, value: { kind: "path" } });
    for (const bad of ["hf:a/b", "hf:a/b/../../c.gguf", "hf:a/b/c.bin", "hf:../b/c.gguf"]) {
      expect(parseModelReference(bad).ok).toBe(false);
    }
  });
});

/** A file system of so many KiB, or null where none can be mounted. */
function smallDisk(kibibytes: number): string | null {
  const path = join(freshDir(), "disk");
  mkdirSync(path);
  const options = ["-t", "tmpfs", "-o", `size=${kibibytes}k`, "tmpfs", path];
  if (process.getuid?.() !== 0 || spawnSync("mount", options).status !== 0) return null;
  mounts.push(path);
  return path;
}

describe("a disk without room", () => {
  const disk = smallDisk(256);
  if (disk === null)
    process.stdout.write(
      "skipped: a model on a full disk: a small file system can be mounted by root only\n",
    );

  test.if(disk !== null)("is said before anything is loaded where the size is known", async () => {
    const { hub, clock, cortex, files } = await begin({}, disk as string);
    expect(reasonOf(cortex)).toMatch(/there is no room for 1 MiB in .*disk/);
    expect([files(), clock.next()]).toEqual([[], null]);
    expect(rangesOf(hub)).toHaveLength(1);
  });

  test.if(disk !== null)(
    "is said when it fills up on the way, and what was loaded makes room again",
    async () => {
      const { clock, cortex, files } = await begin({ unannounced: true }, disk as string);
      expect(reasonOf(cortex)).toMatch(/the disk of .*disk is full: make room for the model/);
      expect([files(), clock.next()]).toEqual([[], null]);
      // Room for everything else.
      writeFileSync(join(disk as string, "spore.db"), Buffer.alloc(200 * 1024));
    },
  );
});

describe.skipIf(!canLoad)("a spore whose model has to be downloaded, as in a Space", () => {
  test("gets it by itself though the answer breaks off, and thinks with it", async () => {
    const hub = await startHub({ mishaps: [{ kind: "short", after: 200_000 }] });
    const spore = await startTestSpore({
      env: {
        CORTEX_BACKEND: "local",
        CORTEX_DOWNLOAD: "1",
        CORTEX_MODEL: reference,
        CORTEX_HUB_URL: hub.url,
        HF_TOKEN: "hf_thisMayReadTheModel",
      },
    });
    const cortex = async () => partStateSchema.parse(await spore.json("/api/cortex"));
    await waitFor("the model", async () => (await cortex()).enabled, 60_000);
    expect(rangesOf(hub)).toEqual([null, "bytes=200000-"]);
    expect(spore.output()).toContain("trying again in 2 s");
    await spore.post("/api/memory", { content: "The bridge opens in May." });
    await spore.post("/api/task", { task: "When does the bridge open?" });
    await waitFor("a call of the model", async () => Number((await cortex()).total_calls) > 0, 80_000);
    expect(spore.output()).not.toContain("hf_thisMayReadTheModel");
    expect(await spore.stop()).toBe(0);
  });

  test("and a file that came in pieces is loaded and asked like any other", async () => {
    const { clock, cortex } = await begin({ mishaps: [{ kind: "short", after: 300_000 }] });
    await nextAttempt(clock, cortex);
    const request = {
      ...CHAT_REQUEST,
      messages: [{ role: "user" as const, content: "Where?" }],
      maxTokens: 16,
    };
    expect((await serverOf(cortex).call("tiny", request)).status).toBe(200);
    expect(cortex.describe(false)).toMatchObject({ state: "loaded", total_calls: 1 });
  });
});

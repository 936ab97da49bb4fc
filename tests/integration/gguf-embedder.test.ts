/** An embedder from a GGUF file: a real one, one cut short and none; its process may die without anybody noticing. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGgufEmbedder } from "@synapse/spore/retrieval/gguf-embedder.ts";
import { writeTinyGguf } from "../support/tiny-gguf.ts";

// Loading native code on a busy machine takes its time; the limit only ends what hangs.
setDefaultTimeout(120_000);

const never = new AbortController().signal;
let folder: string;
let model: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gguf-embedder-"));
  model = join(folder, "tiny.gguf");
  writeTinyGguf(model);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("reads texts in their order, equal texts alike and long ones cut, and starts again after it was killed", async () => {
  const embedder = createGgufEmbedder(model);
  const read = await embedder.embed(["a river", "a bridge", "a river", "word ".repeat(2_000)], never);
  expect(read).toMatchObject({ ok: true });
  const vectors = read.ok ? read.value : [];
  expect(vectors).toHaveLength(4);
  expect(vectors[0]).toEqual(vectors[2] as number[]);
  expect(vectors[0]).not.toEqual(vectors[1] as number[]);
  await embedder.close?.();
  expect(await embedder.embed(["a river"], never)).toMatchObject({ ok: true });
  await embedder.close?.();
});

test("a file cut short and a file that is not there are failures, said without a crash", async () => {
  const cut = join(folder, "cut.gguf");
  writeFileSync(cut, readFileSync(model).subarray(0, 1_000));
  for (const path of [cut, join(folder, "none.gguf")]) {
    const embedder = createGgufEmbedder(path);
    expect(await embedder.embed(["a river"], never)).toMatchObject({
      ok: false,
      error: { kind: "unavailable" },
    });
    await embedder.close?.();
  }
});

/** Which settings make snapshots, and what is wrong with the others; the rest is tested against a Hub in tests/integration. */
import { expect, test } from "bun:test";
import { snapshotSettingsFrom } from "./snapshot.ts";

const given = {
  SPORE_SNAPSHOT_REPO: "ada/snapshots",
  SPORE_SNAPSHOT_TOKEN: "hf_x",
  SPORE_SNAPSHOT_PASSPHRASE: "twelve characters",
};

test("none without a repository", () => {
  expect(snapshotSettingsFrom({ ...given, SPORE_SNAPSHOT_REPO: "" })).toEqual({ ok: true, value: null });
});

test("every six hours at huggingface.co, unless something else is said", () => {
  expect(snapshotSettingsFrom(given)).toMatchObject({
    ok: true,
    value: { intervalMs: 21_600_000, hubUrl: "https://huggingface.co" },
  });
});

test("none of a store that is on a libSQL server; a file's address is fine", () => {
  const on = (SPORE_DATABASE_URL: string) => snapshotSettingsFrom({ ...given, SPORE_DATABASE_URL });
  expect(on("libsql://mine.example.io")).toEqual({
    ok: false,
    error: expect.stringContaining("SPORE_SNAPSHOT_REPO: a store on a libSQL server is not on this disk"),
  });
  expect(on("file:/data/spore.db").ok).toBe(true);
});

test.each([
  ["SPORE_SNAPSHOT_REPO", "no slash"],
  ["SPORE_SNAPSHOT_TOKEN", "secret-but-wrong"],
  ["SPORE_SNAPSHOT_PASSPHRASE", ""],
  ["SPORE_SNAPSHOT_INTERVAL_S", "often"],
])("%s = %p is refused by name, without its value where that is secret", (name, value) => {
  const settings = snapshotSettingsFrom({ ...given, [name]: value });
  expect(!settings.ok && settings.error).toContain(name);
  if (name.endsWith("TOKEN")) expect(JSON.stringify(settings)).not.toContain(value);
});

import { expect, test } from "bun:test";
import { normaliseBaseUrl } from "./base-url.ts";
import { modelSettingsFrom } from "./settings.ts";

test.each([
  ["http://localhost:11434", "http://localhost:11434/v1"],
  ["http://localhost:11434/", "http://localhost:11434/v1"],
  ["localhost:1234", "http://localhost:1234/v1"],
  ["http://localhost:8080/v1/", "http://localhost:8080/v1"],
  ["https://host/v1/chat/completions", "https://host/v1"],
  ["https://api.z.ai/api/paas/v4", "https://api.z.ai/api/paas/v4"],
])("%s means %s", (typed, expected) => {
  expect(normaliseBaseUrl(typed)).toEqual({ ok: true, value: expected });
});

test.each(["ftp://host", "http://", "http://user:secret@host", "file:///etc"])("%s is refused", (typed) => {
  const read = normaliseBaseUrl(typed);
  expect(read.ok).toBe(false);
  if (!read.ok) expect(read.error).not.toContain("secret");
});

test("settings come from the environment, blanks count as absent", () => {
  expect(modelSettingsFrom({ LLM_ENDPOINT: " " })).toMatchObject({ ok: true, value: { endpoint: null } });
  expect(modelSettingsFrom({ LLM_ENDPOINT: "localhost:1", LLM_MODEL: "", LLM_API_KEY: "k" })).toMatchObject({
    ok: true,
    value: { endpoint: { baseUrl: "http://localhost:1/v1", model: null, apiKey: "k" } },
  });
  expect(modelSettingsFrom({ LLM_ENDPOINT: "ftp://x" })).toMatchObject({
    ok: false,
    error: expect.stringContaining("LLM_ENDPOINT"),
  });
});

import { describe, expect, test } from "bun:test";
import { type ChoiceSources, chooseSpores } from "@/lib/chosen-spores.ts";
import { parseSporeUrl } from "@/lib/spore-url.ts";

const NOTHING: ChoiceSources = { config: null, build: "", link: [], added: [], bootstrap: [] };

describe("which spores are called, and which get the token", () => {
  test("config, build and what the visitor called theirs are own; a link and seeds never are", () => {
    const chosen = chooseSpores({
      config: { spores: ["http://127.0.0.1:7860"], bootstrap: null },
      build: "https://build.example, ",
      added: [
        { url: "https://mine.example", own: true },
        { url: "https://watched.example", own: false },
      ],
      link: ["https://link.example"],
      bootstrap: ["https://seed.example"],
    });
    expect(chosen.filter((spore) => spore.own).map((spore) => spore.url)).toEqual([
      "http://127.0.0.1:7860",
      "https://build.example",
      "https://mine.example",
    ]);
    expect(chosen.map((spore) => spore.url)).not.toContain("https://seed.example");
  });

  test("an address counts once, and a link cannot demote or promote it", () => {
    const added = [{ url: "https://a.example/", own: true }];
    const twice = chooseSpores({ ...NOTHING, added, link: ["https://a.example", "HTTPS://A.example/"] });
    expect(twice).toEqual([{ url: "https://a.example", origin: "added", own: true }]);
  });

  test("in the order of the sources: configuration, the link, what the visitor added", () => {
    const chosen = chooseSpores({
      ...NOTHING,
      config: { spores: ["https://config.example"], bootstrap: null },
      link: ["https://link.example", "https://config.example"],
      added: [{ url: "https://added.example", own: true }],
    });
    expect(chosen.map((spore) => [spore.origin, spore.own])).toEqual([
      ["config", true],
      ["link", false],
      ["added", true],
    ]);
  });

  test("seeds are used only when nothing else names a spore", () => {
    const seeds = chooseSpores({ ...NOTHING, bootstrap: ["https://seed.example"] });
    expect(seeds).toEqual([{ url: "https://seed.example", origin: "bootstrap", own: false }]);
  });
});

describe("an address", () => {
  test.each([
    ["http://127.0.0.1:7860/", "http://127.0.0.1:7860"],
    ["127.0.0.1:7860", "http://127.0.0.1:7860"],
    ["  https://a.example/spore/ ", "https://a.example/spore"],
  ])("%s", (text, url) => expect(parseSporeUrl(text)).toEqual({ ok: true, value: url }));

  test.each([
    "",
    "ftp://a.example",
    "javascript:alert(1)",
    "https://user:secret@a.example",
    "https://a.example?token=x",
    "https://a.example#token=x",
    `https://${"a".repeat(600)}.example`,
  ])("%s is refused", (text) => expect(parseSporeUrl(text).ok).toBe(false));
});

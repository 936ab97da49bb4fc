/** What asks for a meaning, what gives one, and that recall puts it first. */
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { explainsBy, meaningAsked, type Named } from "./definition.ts";
import { createMemoryFeed, FIXTURE_START_MS, type MemoryFeed } from "./feed.fixture.ts";
import { createRecall, type RecallService } from "./recall-service.ts";

const open: { recall: RecallService; folder: string }[] = [];

afterEach(async () => {
  for (const { recall, folder } of open.splice(0)) {
    await recall.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

describe("a question of what something is", () => {
  test.each([
    "What is a kiln?",
    "what's the kiln",
    "What are kilns?",
    "Who is the warden?",
    "What is kiln.js?",
    "What does the damper do?",
    "What does kiln-dry mean?",
    "What is the damper for?",
  ])("%p is one", (text) => expect(meaningAsked(text)).not.toBeNull());

  test.each([
    "Where is the kiln?",
    "What is Marta's favourite kiln?",
    "What did Marta do?",
    "What is the kiln in the yard made of?",
    "What is the tower height of Aldermoor?",
    "What is it?",
    "kiln",
    "",
  ])("%p is not", (text) => expect(meaningAsked(text)).toBeNull());

  test("a long question is read in no time worth naming", () => {
    expect(meaningAsked(`What is ${"kiln ".repeat(5_000)}!`)).toBeNull();
    expect(meaningAsked(`What is ${"k.".repeat(8_000)}!`)).toBeNull();
  });
});

const KILN = meaningAsked("What is a kiln?") as Named;
const share = (content: string, place: { heading?: string; source?: string; first?: boolean } = {}) =>
  explainsBy(KILN, { content, heading: "", source: "", first: false, ...place });

describe("a text explains", () => {
  test.each([
    "A kiln is an oven for pots.",
    "It is hot. The kiln is an oven.",
    "- **Kiln.** An oven for pots.",
    "`kiln` — an oven",
    "| kiln | an oven for pots |",
    "An “oven” or “kiln” is a chamber that gets hot.",
  ])("by how it opens: %p", (content) => expect(share(content)).toBe(1));

  test("less, where the name has one more word", () => {
    expect(share("The kiln warden is a person.")).toBe(0.5);
    expect(share("The warden of kilns is a person.")).toBe(0.5);
  });

  test("by the title it stands under, not where the title goes on or the text is not the first there", () => {
    expect(share("## Kilns `~90`\n\nOvens for pots.")).toBe(1);
    expect(share("## Kilns of the north\n\nOvens for pots.")).toBe(0);
    expect(share("Ovens for pots.", { heading: "House > Kilns" })).toBe(0);
  });

  test("by opening a document that is named so", () => {
    expect(share("Ovens for pots.", { source: "docs/kiln.md", first: true })).toBe(1);
    expect(share("Ovens for pots.", { source: "docs/kiln.md" })).toBe(0);
  });

  test("once at most, and not by naming it", () => {
    expect(share("# Kiln\n\nA kiln is an oven.", { source: "kiln.md", first: true })).toBe(1.5);
    expect(share("We walked to the kiln, and the kiln was cold.")).toBe(0);
    expect(share("")).toBe(0);
  });
});

function recallOf(fill: (feed: MemoryFeed) => void): RecallService {
  const feed = createMemoryFeed();
  fill(feed);
  const folder = mkdtempSync(join(tmpdir(), "definition-"));
  const recall = createRecall({
    feed,
    path: join(folder, "recall.db"),
    weights: { decoherence: () => 1, trust: () => 1 },
    now: () => FIXTURE_START_MS,
    log: { info: () => undefined, warn: () => undefined },
  });
  open.push({ recall, folder });
  return recall;
}

test("what explains a thing comes before what names it more often, for a question of what it is alone", async () => {
  const recall = recallOf((feed) => {
    feed.remember("The kiln oven for firing pots made of clay", { metadata: { heading: "Notes" } });
    for (let day = 1; day <= 9; day++) feed.remember(`Kiln ${day} beside kiln ${day + 1}: the kiln log`);
    feed.remember("Where pots are fired: a kiln is a chamber of bricks, heated slowly and left to cool");
  });
  await recall.settled();
  const ask = (text: string) => recall.search({ text, k: 3, labels: ["cluster"] });
  const [asked] = await ask("What is a kiln?");
  expect(asked?.content).toContain("chamber of bricks");
  expect(asked?.explain["explaining"]).toBe(2);
  const [named] = await ask("kiln");
  expect(named?.content).not.toContain("chamber of bricks");
  expect(named?.explain["explaining"]).toBe(1);
});

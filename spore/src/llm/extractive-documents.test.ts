/** Questions about documents: short, in other words than the text, answered with the sentence or row that answers. */
import { describe, expect, test } from "bun:test";
import type { EntryId } from "@synapse/shared/ids.ts";
import { type Passage, reasonExtractively } from "./extractive.ts";
import { termsOf } from "./terms.ts";

/** As `remember` splits a file: at headings, hard-wrapped as people write. */
const HANDBOOK = [
  `# The kiln house

A shared workshop for potters. Members book a kiln, load it themselves and leave a _ticket_ that says what was fired
and how hot. Every ticket is signed, so nobody can claim a firing that was not theirs.`,
  `## Start

\`\`\`sh
kiln book --day tuesday      # reserves the small kiln
kiln light                   # begins the firing
\`\`\`

Wait until the lamp is green before you open the door. The chamber is safe below 60 degrees.`,
  `## Words

| word | meaning |
|---|---|
| ticket | a signed record of one firing, which can be checked without asking anyone |
| cone | a small pyramid of clay that bends at a known heat |
| warden | the member whose key opens every kiln and who vouches for the others |`,
  `### Settings

| name | meaning | default |
|---|---|---|
| \`KILN_PORT\` | where the controller listens | 8125 |
| \`KILN_LOG\` | file that every firing is written to | kiln.log |`,
  `## What is kept

1. **Tickets.** They are never deleted; a corrected one stands beside the old one.
2. **Photos.** Kept for ninety days, then thrown away.

## Report a fault

Ring the warden first. A cracked shelf is swept up with gloves, and the kiln stays
closed until it has been looked at.`,
];
const idOf = (content: string) => Bun.SHA256.hash(content, "hex") as EntryId;

/** A stand-in for recall: the passages that share words with the question, those with most words first. */
function recall(question: string): Passage[] {
  const asked = new Set(termsOf(question));
  return HANDBOOK.map((content) => ({
    id: idOf(content),
    content,
    score: new Set(termsOf(content).filter((term) => asked.has(term))).size,
  })).filter(({ score }) => score > 0);
}

const ask = (question: string) =>
  reasonExtractively({ question, passages: recall(question), role: "generalist" });

describe("questions about a document", () => {
  test.each([
    ["What does a ticket prove?", "ticket"],
    ["What is a ticket?", "a signed record of one firing"],
    ["What is a cone?", "bends at a known heat"],
    ["Who is a warden?", "the member whose key opens every kiln"],
    ["What is a warden for?", "vouches for the others"],
    ["Which port does the controller listen on?", "8125"],
    ["How do I reserve a kiln?", "kiln book"],
    ["When is the chamber safe?", "60 degrees"],
    ["How long are photos kept?", "ninety days"],
    ["What do I do with a cracked shelf?", "swept up with gloves"],
    ["How do I report a fault?", "Ring the warden first"],
  ])("%s", (question, expected) => {
    const reply = ask(question);
    expect(reply.abstain).toBe(false);
    expect(reply.hypothesis).toContain(expected);
    for (const { id, quote } of reply.citations) {
      expect(HANDBOOK.find((content) => idOf(content) === id)).toContain(quote);
    }
  });

  test.each([
    "What is photosynthesis?",
    "What does the fox say?",
    "How do I apply for a passport?",
    "When does the train leave?",
    "Who painted the Sistine Chapel ceiling?",
    "What does a monad prove?",
  ])("nothing in it answers: %s", (question) => {
    expect(ask(question)).toMatchObject({ abstain: true, hypothesis: "" });
  });

  test("a quotation stays inside its paragraph, row or item, and runs over the end of a line", () => {
    expect(ask("What is a cone?").hypothesis).not.toContain("warden");
    expect(ask("Is every ticket signed?").hypothesis).toContain("Every ticket is signed, so nobody");
  });
});

test("passages that each know one word of a question and none of its subject do not answer it", () => {
  const contents = [
    "Each of the three reasoners of the made-up world answers once; who knows more answers first, Marta says.",
    "A cup is glazed twice.",
    "Whoever wins the draw loads the kiln.",
    "The kiln house was built in 1954.",
  ];
  const passages = contents.map((content, place) => ({ id: idOf(content), content, score: 10 - place }));
  const question = "Who beat Hungary in the world cup final of 1954?";
  expect(reasonExtractively({ question, passages, role: "generalist" })).toMatchObject({ abstain: true });
});

/** What is quoted first, of passages that recall ranks in this order and close together. */
function firstOf(question: string, contents: readonly string[]): string {
  const passages = contents.map((content, place) => ({ id: idOf(content), content, score: 10 - place / 10 }));
  return reasonExtractively({ question, passages, role: "generalist" }).claims[0] ?? "";
}

describe("of several lines that share the question's words", () => {
  test("the answer below a question that the text asks itself comes before a mention", () => {
    const said = firstOf("How many kilns can I book?", [
      "Whoever stands between two kilns when both are lit books neither, and one warden calls the 3 others.",
      "**Can I bring guests?** Yes.\n\n**How many can I book?** The limit is 4 at a time.",
    ]);
    expect(said).toContain("The limit is 4");
  });

  test("what is asked in two words is answered where it is written as one", () => {
    const said = firstOf("How do I back up?", [
      "Every backup of the tickets is one file, written to the second disk at night.",
      "A warden who walks back to the kiln takes his own ticket with him, and puts it on the shelf.",
    ]);
    expect(said).toContain("Every backup");
  });

  test("what stands below a title is what the title means", () => {
    const said = firstOf("What is glaze?", [
      "The glaze that you brought yourself goes on the shelf below the glaze that is for everybody.",
      "# glaze\n\nA coat of ground minerals that melts in the fire and makes clay watertight.",
    ]);
    expect(said).toContain("ground minerals");
  });

  test("a thing with a capital and an article is explained, a person is not", () => {
    const lines = [
      "The Overseer's log and the Overseer's lamp hang beside the door.",
      "**Overseer.** The sixth role: keeps the fire within its bounds and calls the warden.",
    ];
    expect(firstOf("What does the Overseer do?", lines)).toContain("keeps the fire");
    const talk = ["Marta: I do the dishes and the garden.", "Marta: a person I know from work."];
    expect(firstOf("What does Marta do?", talk)).toContain("dishes");
  });

  test("“what happens when” asks for no time", () => {
    const said = firstOf("What happens when the shelf is cracked?", [
      "| the shelf is cracked | the kiln is closed and everybody who booked it is told |",
      "| the shelf is cracked again | whoever fired it last week pays for the next one |",
    ]);
    expect(said).toContain("everybody who booked");
    expect(
      firstOf("When was the shelf cracked?", [
        "The shelf is cracked, and nobody knows who did it.",
        "The shelf was cracked last week.",
      ]),
    ).toContain("last week");
  });

  test("a thing whose name has a point in it is explained too", () => {
    const said = firstOf("What is kiln.js?", [
      "The pages of kiln.js and the samples of kiln.js and of others lie beside kiln.js in the folder.",
      "kiln.js is a library that books ovens.",
    ]);
    expect(said).toContain("books ovens");
  });

  test("another thing whose name begins alike comes after the thing itself", () => {
    const said = firstOf("What is Ember?", [
      "Ember Relay is a box on the wall that passes calls from one kiln house to the next one.",
      "Ember is the program that lights the kilns.",
    ]);
    expect(said).toContain("lights the kilns");
  });

  test("what holds of any such thing says what it is", () => {
    const said = firstOf("What is a relief valve?", [
      "- Plain valve (without “relief” in the name of the valve). It opens and closes by hand.",
      "- **Relief**. A relief valve opens by itself when the chamber is too hot.",
    ]);
    expect(said).toContain("opens by itself");
  });

  test("below a title what it shows in code is no other name, and what follows the title comes first", () => {
    const said = firstOf("What is a slow curve?", [
      "#### Slow curves `~90` `~120`\n\nRaises the heat by a few degrees in each hour.\n\nSlow curves are ideal for thick walls.",
    ]);
    expect(said).toContain("few degrees in each hour");
  });

  test("badges and pictures are not quoted, and what comes after them stands below the title", () => {
    const said = firstOf("What is Ember?", [
      "# Ember\n\n[![Build](https://ember.example/build.svg)](https://ember.example)\n![Licence][licence]\n\nLights kilns by the clock.\n\n[licence]: https://ember.example/licence.svg",
    ]);
    expect(said).toBe("Lights kilns by the clock.");
  });
});

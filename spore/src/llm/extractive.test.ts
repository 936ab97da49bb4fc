import { describe, expect, test } from "bun:test";
import type { EntryId } from "@synapse/shared/ids.ts";
import { type Passage, reasonExtractively } from "./extractive.ts";

function passage(content: string, score: number, metadata?: Record<string, unknown>): Passage {
  const id = Bun.SHA256.hash(content, "hex") as EntryId;
  return metadata === undefined ? { id, content, score } : { id, content, score, metadata };
}

const notes = [
  passage("The staging database listens on port 5433. Its password is in the vault.", 9),
  passage("The production database listens on port 5432.", 8),
  passage("Deployments happen every Tuesday at ten.", 3),
  passage("Where does the database listen?", 2),
];

describe("reasonExtractively", () => {
  test("quotes the memory that answers, word for word", () => {
    const question = "Which port does the production database listen on?";
    const reply = reasonExtractively({ question, passages: notes, role: "generalist" });
    expect(reply.abstain).toBe(false);
    expect(reply.hypothesis).toContain("“The production database listens on port 5432.”");
    expect(reply.confidence).toBeGreaterThan(0.3);
  });

  test("abstains on a question that the memories are not about", () => {
    for (const question of [
      "What is the capital of Mongolia?",
      "Who painted the Sistine Chapel ceiling?",
      "",
      "why?",
    ]) {
      const reply = reasonExtractively({ question, passages: notes, role: "generalist" });
      expect(reply).toMatchObject({ abstain: true, hypothesis: "", claims: [], citations: [] });
    }
  });

  test("abstains without memories, for every role", () => {
    for (const role of ["explorer", "adversarial", "brain", "sentinel"] as const) {
      expect(reasonExtractively({ question: "Who is Ada?", passages: [], role })).toMatchObject({
        abstain: true,
        confidence: 0,
        remark: role === "brain" ? expect.stringContaining("mentions: ada") : "",
      });
    }
  });

  test("a when-question is answered with the memory's date, and a relative time is resolved from it", () => {
    const said = { speaker: "Caroline", date: "1:56 pm on 8 May, 2023" };
    const reply = reasonExtractively({
      question: "When did Caroline go to the support group?",
      passages: [
        passage("I went to a support group yesterday and it was so powerful.", 5, said),
        passage("Caroline, have you ever been to a support group?", 5.1, { ...said, speaker: "Melanie" }),
      ],
      role: "synthesizer",
    });
    expect(reply.hypothesis).toStartWith(
      "“I went to a support group yesterday and it was so powerful.” (Caroline, 8 May 2023; “yesterday” is 7 May 2023)",
    );
  });

  test("reads speaker and date from a transcript line that has no metadata", () => {
    const reply = reasonExtractively({
      question: "Where did Ada Lovelace grow up?",
      passages: [passage("[2 June 2021] Ada Lovelace: I grew up in Kirkby Mallory.", 1)],
      role: "generalist",
    });
    expect(reply.hypothesis).toBe("“I grew up in Kirkby Mallory.” (Ada Lovelace, 2 June 2021)");
  });

  test("every role gives the same answer; the adversarial one names what speaks against it", () => {
    const passages = [
      passage("The release train leaves on the first Monday and carries 12 services.", 7),
      passage("The release train leaves on the first Monday and carries 14 services.", 6.5),
      passage("The release train was painted red.", 1),
    ];
    const question = "How many services does the release train carry?";
    const replies = (["explorer", "synthesizer", "adversarial"] as const).map((role) =>
      reasonExtractively({ question, passages, role }),
    );
    expect(new Set(replies.map((reply) => reply.hypothesis)).size).toBe(1);
    expect(replies[2]?.remark).toContain("carries 14 services");
    expect(replies[0]?.remark).toBe("");
  });

  test("an explorer cites further down the list than the others", () => {
    const passages = Array.from({ length: 30 }, (_, index) =>
      passage(
        `The survey number ${index} of the river measured its depth with ${"probe ".repeat(index)}`,
        30 - index,
      ),
    );
    const cite = (role: "explorer" | "generalist") =>
      reasonExtractively({
        question: "With what did the survey measure the depth of the river?",
        passages,
        role,
      }).citations.length;
    expect(cite("generalist")).toBe(10);
    expect(cite("explorer")).toBe(12);
  });
});

describe("answer forms", () => {
  test("number: the number beside the question's words", () => {
    const reply = reasonExtractively({
      question: "How many chickens does Tom keep?",
      passages: [passage("Tom bought the farm in 1998 and keeps twelve chickens and 3 goats.", 4)],
      role: "generalist",
      answer: { type: "number" },
    });
    expect(reply.value).toBe("12");
  });

  test("number: abstains where no memory states one, and still cites what it read", () => {
    const passages = [passage("Tom keeps chickens on his farm.", 4)];
    const question = "How many chickens does Tom keep?";
    const reply = reasonExtractively({ question, passages, role: "generalist", answer: { type: "number" } });
    expect(reply).toMatchObject({ abstain: true, value: null, hypothesis: "" });
    expect(reply.citations).toHaveLength(1);
  });

  test("choice: the option the memories support, else abstains", () => {
    const passages = [passage("The lighthouse keeper's dog is called Biscuit.", 4)];
    const ask = (options: string[]) =>
      reasonExtractively({
        question: "What is the lighthouse keeper's dog called?",
        passages,
        role: "validator",
        answer: { type: "choice", options },
      });
    expect(ask(["Rex", "Biscuit", "Muffin"]).value).toBe("Biscuit");
    expect(ask(["Rex", "Muffin"])).toMatchObject({ abstain: true, value: null });
  });

  test("json: only a memory that holds JSON answers", () => {
    const form = { type: "json" } as const;
    const question = "What is the retry configuration of the uploader?";
    const held = passage('The uploader retry configuration is {"tries": 3, "delay": [1, 2]} since May.', 3);
    const ask = (passages: Passage[]) =>
      reasonExtractively({ question, passages, role: "generalist", answer: form });
    expect(ask([held]).value).toBe('{"delay":[1,2],"tries":3}');
    expect(ask([passage("The uploader retry configuration is three tries.", 3)]).abstain).toBe(true);
  });
});

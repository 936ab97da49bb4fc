/** What becomes of a thought: kept, or not kept and why; one that is known already names the entry that says it. */
import { expect, test } from "bun:test";
import { LABELS } from "@synapse/shared/contract/label.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { ok } from "@synapse/shared/result.ts";
import { createMemoryFeed } from "../retrieval/feed.fixture.ts";
import type { CognitionDeps } from "./cognition-port.ts";
import { GlobalWorkspace } from "./global-workspace.ts";
import type { Intake } from "./intake.ts";
import { type Thought, ThoughtWriter } from "./thought-writer.ts";

const feed = createMemoryFeed();
const source = feed.remember("Herons stand in shallow water at dawn");
const content = "Herons seem to stand in shallow water at dawn, whatever the weather";

function openWriter(known: { id: EntryId; overlap: number } | null) {
  const asked: unknown[] = [];
  const deps = {
    replica: {
      append: async ([draft]: { kind: "thought"; body: never; parents?: readonly EntryId[] }[]) =>
        ok([feed.add("thought", draft?.body as never, { parents: draft?.parents ?? [] })]),
    },
    recall: {
      known: async (query: unknown) => {
        asked.push(query);
        return known;
      },
    },
    settings: { isOn: () => true, shareMax: () => 0.05 },
    publish: () => undefined,
    now: () => 1_000,
    warn: () => undefined,
  } as unknown as CognitionDeps;
  const intake = { counts: { thoughts: 0, entries: 1_000 } } as unknown as Intake;
  return { writer: new ThoughtWriter(deps, intake, new GlobalWorkspace()), asked };
}

const thought: Thought = {
  part: "dream",
  form: "dream",
  content,
  novelty: 0.9,
  noveltyMin: 0.2,
  sources: [source],
  details: {},
  salience: 0.5,
};

test("a thought that is known already is linked to the entry that says it, not added again", async () => {
  const before = feed.entries.length;
  const { writer, asked } = openWriter({ id: source.id, overlap: 0.85 });
  expect(await writer.write(thought)).toBeNull();
  expect(feed.entries).toHaveLength(before);
  expect(writer.recent("dream")).toMatchObject([{ fate: "duplicate", id: source.id }]);
  expect(asked).toEqual([{ text: content, labels: LABELS, kinds: ["memory", "thought"] }]);
});

test("one that is only near is kept, and names what it rests on", async () => {
  const { writer } = openWriter({ id: source.id, overlap: 0.6 });
  const id = await writer.write(thought);
  expect(feed.entries.at(-1)).toMatchObject({ id, entry: { kind: "thought", parents: [source.id] } });
  expect(writer.recent("dream")).toMatchObject([{ fate: "kept", id }]);
  expect(writer.fates).toMatchObject({ kept: 1, duplicate: 0 });
});

/**
 * A spore that thinks unasked, under evaluation: the product's own cognition and recall over a feed in memory, with the
 * clock replaced by ticks. Entries are not signed; signatures are tested elsewhere and change no figure here.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Kind } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { replicaKey } from "@synapse/shared/ids.ts";
import { err, ok } from "@synapse/shared/result.ts";
import { type Cognition, createCognition } from "@synapse/spore/cognition/cognition.ts";
import type { CognitionDeps } from "@synapse/spore/cognition/cognition-port.ts";
import type { StoredEntry } from "@synapse/spore/replica/feed.ts";
import {
  createMemoryFeed,
  FIXTURE_START_MS,
  type MemoryFeed,
} from "@synapse/spore/retrieval/feed.fixture.ts";
import { createRecall, type RecallService } from "@synapse/spore/retrieval/recall-service.ts";
import { randomOf } from "./random.ts";

export interface ThinkingSpore {
  readonly feed: MemoryFeed;
  readonly recall: RecallService;
  readonly cognition: Cognition;
  ticks(count: number): Promise<void>;
  close(): Promise<void>;
}

/** @param attention replaces what the spore's own cognition would bring to mind more easily. */
export async function openThinkingSpore(
  seed: number,
  attention?: (id: string) => number,
): Promise<ThinkingSpore> {
  const dir = mkdtempSync(join(tmpdir(), "synapse-eval-"));
  const feed = createMemoryFeed();
  const clock = { at: FIXTURE_START_MS + 10 * 86_400_000 };
  const mind: { cognition: Cognition | null } = { cognition: null };
  const recall = createRecall({
    feed,
    path: join(dir, "recall.db"),
    weights: {
      decoherence: () => 1,
      trust: () => 1,
      attention: attention ?? ((id) => mind.cognition?.attentionTo(id) ?? 1),
    },
    now: () => clock.at,
    log: { info: () => undefined, warn: () => undefined },
  });
  const self = replicaKey(feed.remember("The mind opens.").entry.replica);
  const cognition = createCognition(portsOf(feed, recall, self, clock, randomOf(seed)));
  mind.cognition = cognition;
  return {
    feed,
    recall,
    cognition,
    async ticks(count) {
      for (let at = 0; at < count; at++) {
        clock.at += 20_000;
        await cognition.tick();
        await recall.settled();
      }
    },
    async close() {
      await cognition.stop();
      await recall.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function portsOf(
  feed: MemoryFeed,
  recall: RecallService,
  self: CognitionDeps["self"],
  clock: { readonly at: number },
  random: () => number,
): CognitionDeps {
  const byKinds = (kinds: readonly Kind[] | undefined) =>
    feed.entries.filter(({ entry }) => kinds === undefined || kinds.includes(entry.kind)).toReversed();
  return {
    self,
    replica: {
      append: async (
        drafts: readonly { kind: Kind; body: never; label: Label; parents?: readonly EntryId[] }[],
      ) =>
        ok(
          drafts.map(({ kind, body, label, parents = [] }) =>
            feed.add(kind, body, { label, parents, author: self, at: clock.at }),
          ),
        ),
      subscribe: feed.subscribe,
      isVisible: () => true,
    } as unknown as CognitionDeps["replica"],
    store: {
      get: async (ids: readonly EntryId[]) => feed.entries.filter(({ id }) => ids.includes(id)),
      children: async (id: EntryId) =>
        feed.entries.filter(({ entry }) => entry.parents.includes(id)).map((one) => one.id),
      recent: async ({ kinds }: { kinds?: readonly Kind[] }, limit: number) => byKinds(kinds).slice(0, limit),
      countsByKind: async () => [],
      ofTask: async (): Promise<StoredEntry[]> => [],
    } as unknown as CognitionDeps["store"],
    recall,
    model: null,
    wall: { cross: async () => err({ kind: "stays", reason: "nothing leaves an evaluation" }) },
    mayShare: () => false,
    trustOf: () => 1,
    busy: () => false,
    settings: {
      enabled: () => true,
      isOn: () => true,
      tickMs: () => 20_000,
      idleMs: () => 0,
      limits: () => ({ tokensPerHour: 0, secondsPerHour: 3_600, pricePerMillion: 0, spendPerDay: 0 }),
      shareMax: () => 0.05,
      questionsPerDay: () => 0,
    },
    publish: () => undefined,
    now: () => clock.at,
    random,
    warn: () => undefined,
  };
}

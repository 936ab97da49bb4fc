/** Joins the Sentinel: what it can read, the settings it may propose to change, and whom it asks. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Bootstrap, bootstrapSchema } from "@synapse/shared/contract/bootstrap.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import type { SporeConfig } from "../config.ts";
import type { Gossip } from "../gossip/gossip.ts";
import type { EventHub } from "../http/event-hub.ts";
import type { Log } from "../log.ts";
import type { RecallService } from "../retrieval/recall-service.ts";
import type { SettingView } from "../sentinel/checks.ts";
import { createSentinel, type Sentinel } from "../sentinel/sentinel.ts";
import type { Settings } from "../settings/settings.ts";
import type { Models } from "./models.ts";
import type { Storage } from "./storage.ts";

const MIB = 1024 * 1024;
const LIST_IN_CLONE = resolve(import.meta.dir, "../../../bootstrap.json");

export interface SentinelParts {
  readonly config: SporeConfig;
  readonly storage: Storage;
  readonly settings: Settings;
  readonly recall: RecallService;
  readonly models: Models;
  readonly hub: EventHub;
  readonly log: Log;
  readonly gossip: () => Gossip | null;
}

export function joinSentinel(parts: SentinelParts): Sentinel {
  const { config, storage, settings, recall, models, hub, log, gossip } = parts;
  const { replica, store } = storage;
  const { spore, operator } = replica.self;
  const isOwn = (author: PublicKey) => replica.certificateOf(author)?.operator === operator;
  const live = () => (gossip()?.peers() ?? []).filter(({ state }) => state === "live");
  const failures = createFailureShare(models);
  let failedCalls = 0;

  return createSentinel({
    self: spore,
    replica,
    store,
    isOwn,
    isProposer: () => {
      const own = live().filter(({ card }) => card.certificate.operator === operator);
      const candidates = [
        { key: spore, watches: config.role === "sentinel" },
        ...own.map(({ key, card }) => ({ key, watches: card.role === "sentinel" })),
      ];
      // Whoever has the role, else the smallest key: every spore finds the same one without asking.
      candidates.sort((a, b) => Number(b.watches) - Number(a.watches) || (a.key < b.key ? -1 : 1));
      return candidates[0]?.key === spore;
    },
    readings: () => {
      const status = gossip()?.status() ?? null;
      const failed = status === null ? null : status.failures - failedCalls;
      failedCalls = status?.failures ?? failedCalls;
      return {
        provider_failures: failures(),
        gossip_lag: status?.lagMs ?? null,
        gossip_failures: failed,
        peers: status === null ? null : live().length,
        recall_lag: recall.status().lag,
        memory: process.memoryUsage().rss / MIB,
      };
    },
    setting: (name) => {
      const found = settings.describe().find(({ key }) => key === name);
      return (found as SettingView | undefined) ?? null;
    },
    change: async (name, value) => {
      const changed = await settings.change({ [name]: value });
      return changed.ok ? null : changed.error.message;
    },
    debate: async (question) => {
      const asked = await replica.append([
        {
          label: "cluster",
          kind: "task",
          body: {
            description: question,
            priority: "low",
            answer: { type: "choice", options: ["approve", "reject"] },
          },
        },
      ]);
      return asked.ok ? (asked.value[0]?.id ?? null) : null;
    },
    verifiedPeers: () =>
      live().map(({ card }) => ({
        url: card.url,
        operator: card.certificate.operator,
        name: card.certificate.name,
      })),
    seedList: () => readSeedList(config.bootstrap),
    enabled: () => settings.get("sentinel.enabled"),
    intervalMs: () => settings.get("sentinel.interval_s") * 1_000,
    windowMs: () => settings.get("sentinel.window_s") * 1_000,
    publish: ({ id, state, body }) =>
      hub.publish({ type: "proposal", data: { id, status: state, setting: body.setting } }, "cluster"),
    now: Date.now,
    warn: log.warn,
  });
}

/** Share of model calls that failed since the last reading; null where none was made. */
function createFailureShare(models: Models): () => number | null {
  let before = { calls: 0, failures: 0 };
  return () => {
    const { providers } = models.chat.describe(true);
    const total = { calls: 0, failures: 0 };
    for (const { calls, failures } of providers) {
      total.calls += calls;
      total.failures += failures;
    }
    const calls = total.calls - before.calls;
    const failed = total.failures - before.failures;
    before = total;
    return calls <= 0 ? null : Math.max(0, failed) / calls;
  };
}

/** The list in the clone, or the one given as a file; a list that is only fetched is somebody else's to change. */
function readSeedList(bootstrap: SporeConfig["bootstrap"]): Bootstrap | null {
  const [path] = bootstrap === "default" ? [LIST_IN_CLONE] : bootstrap.filter((name) => !URL.canParse(name));
  if (path === undefined) return null;
  try {
    const parsed = bootstrapSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
    return parsed.success ? parsed.data : null;
  } catch {
    // Missing or broken: there is nothing to add to, and the start has said so already.
    return null;
  }
}

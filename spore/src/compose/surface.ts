/** Joins what the routes and MCP tools need of every other part. */
import type { ClockVerdict, WallClock } from "@synapse/shared/contract/status.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import packageJson from "../../package.json" with { type: "json" };
import type { SporeConfig } from "../config.ts";
import { DNA_HASH } from "../federation/dna.ts";
import { toSwarm } from "../federation/swarm-view.ts";
import { spanText } from "../gossip/clock-watch.ts";
import type { Gossip } from "../gossip/gossip.ts";
import { createAccess } from "../http/access.ts";
import type { HttpDeps } from "../http/deps.ts";
import { createHistory } from "../http/history.ts";
import { cognitionMetrics, createMetrics, gossipMetrics, recallMetrics } from "../http/metrics.ts";
import { modelMetrics } from "../http/model-metrics.ts";
import type { KeyPair } from "../identity/keypair.ts";
import type { Log } from "../log.ts";
import { CLOCK_AHEAD_MAX_MS } from "../replica/admission.ts";
import type { RecallService } from "../retrieval/recall-service.ts";
import type { Models } from "./models.ts";
import type { JoinedNetwork } from "./network.ts";
import type { Storage } from "./storage.ts";

export interface SurfaceParts
  extends Pick<
    HttpDeps,
    | "board"
    | "cognition"
    | "counts"
    | "hub"
    | "quantum"
    | "sentinel"
    | "settings"
    | "tasks"
    | "trust"
    | "wall"
  > {
  readonly config: SporeConfig;
  readonly log: Log;
  readonly key: KeyPair;
  readonly storage: Storage;
  readonly models: Models;
  readonly recall: RecallService;
  readonly nameOf: (spore: PublicKey) => string;
  /** Null until it was joined: gossip tells others what the surface shows of this spore. */
  readonly gossip: () => Gossip | null;
  readonly network: () => Pick<JoinedNetwork, "federation" | "blocklist" | "keyDesk">;
}

export function createSurface(parts: SurfaceParts): HttpDeps {
  const { config, log, key, storage, models, recall, gossip, network, nameOf, ...views } = parts;
  const { replica, store, indexes } = storage;
  const livePeers = () => (gossip()?.peers() ?? []).filter(({ state }) => state === "live");
  const figures = { ...views, chat: models.chat, recall, gossip, livePeers: () => livePeers().length };
  return {
    ...views,
    config,
    version: packageJson.version,
    dna: DNA_HASH,
    model: models.name,
    key,
    replica,
    store,
    recall,
    access: createAccess(config),
    log,
    now: Date.now,
    startedAt: Date.now(),
    uptimeMs: () => performance.now(),
    nameOf,
    rootOf: (scope) => indexes[scope].root(),
    federation: () => network().federation,
    blocklist: () => network().blocklist,
    keyDesk: () => network().keyDesk,
    swarm: () =>
      toSwarm(key.publicKey, gossip()?.peers() ?? [], gossip()?.ownCard() ?? null, Date.now(), {
        tierOf: network().federation.standingOf,
        trustOf: views.trust.knownOf,
      }),
    livePeers: () => livePeers().map(({ card }) => card),
    wallClock: () => wallClockOf(gossip(), storage),
    providers: models.chat.describe,
    cortex: models.cortex,
    chat: models.chat,
    history: createHistory({
      client: store.client,
      now: Date.now,
      warn: log.warn,
      metrics: createMetrics(figures),
    }),
    gossip: async (request, from) =>
      (await gossip()?.handle(request, from)) ?? new Response(null, { status: 503 }),
    partMetrics: () => {
      const joined = gossip();
      return [
        ...recallMetrics(recall.status()),
        ...(joined === null ? [] : gossipMetrics(joined.status())),
        ...modelMetrics(models.chat),
        ...cognitionMetrics(views.cognition.state(false)),
      ];
    },
  };
}

const NOTHING_HEARD: ClockVerdict = { state: "unknown", ahead_ms: null, agreeing: 0, message: null };

function wallClockOf(gossip: Gossip | null, { clock }: Storage): WallClock {
  const verdict = gossip?.clockVerdict() ?? NOTHING_HEARD;
  const ahead = Math.max(0, clock.snapshot()[0] - Date.now());
  const heldBack = `what this spore writes is dated ${spanText(ahead)} ahead, as its clock was: other spores take it in when that time has come`;
  const messages = [verdict.message, ahead > CLOCK_AHEAD_MAX_MS ? heldBack : null].filter(
    (one) => one !== null,
  );
  return {
    ...verdict,
    message: messages.length === 0 ? null : messages.join("; "),
    entries_ahead_ms: ahead,
  };
}

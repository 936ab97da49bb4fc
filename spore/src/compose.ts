/**
 * The only place that builds the parts of a spore and joins them; one file in compose/ for each group of parts.
 *
 * Nothing writes into a store that is closed: what is started last is stopped first.
 */

import { mkdirSync } from "node:fs";
import { present } from "@synapse/shared/assert.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import type { Cognition } from "./cognition/cognition.ts";
import { joinCognition } from "./compose/cognition.ts";
import { joinMind, openRecall } from "./compose/mind.ts";
import { joinModels, type Models } from "./compose/models.ts";
import { type JoinedNetwork, joinNetwork, peersOf } from "./compose/network.ts";
import { joinSentinel } from "./compose/sentinel.ts";
import { startWarnings } from "./compose/start-warnings.ts";
import { openStorage, type Storage } from "./compose/storage.ts";
import { createSurface } from "./compose/surface.ts";
import type { Trust } from "./compose/trust.ts";
import { joinWall } from "./compose/wall.ts";
import type { SporeConfig } from "./config.ts";
import { type Network, parseNetworks } from "./gossip/peer-url.ts";
import { createApp } from "./http/app.ts";
import type { HttpDeps } from "./http/deps.ts";
import { createEventFeed } from "./http/event-feed.ts";
import { createEventHub, firstIdOf } from "./http/event-hub.ts";
import { loadSporeIdentity, type SporeIdentity } from "./identity/spore-identity.ts";
import { type ModelSettings, modelSettingsFrom } from "./llm/settings.ts";
import type { Log } from "./log.ts";
import { openTaskIndex } from "./reasoning/task-index.ts";
import type { Checkpoints } from "./replica/checkpoints.ts";
import { countMemories } from "./replica/counts.ts";
import { lockDataDir } from "./replica/data-lock.ts";
import type { Embedder } from "./retrieval/embedder.ts";
import { embedderFrom } from "./retrieval/embedder-settings.ts";
import type { RecallService } from "./retrieval/recall-service.ts";
import { openSettings } from "./settings/settings.ts";

export interface Spore {
  readonly url: string;
  readonly operator: PublicKey;
  stop(): Promise<void>;
}

export interface StartError {
  readonly kind: string;
  readonly message: string;
}

export async function startSpore(
  config: SporeConfig,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
): Promise<Result<Spore, StartError>> {
  try {
    mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const message = `the data dir ${config.dataDir} cannot be made: ${(cause as Error).message}; choose another SPORE_DATA_DIR`;
    return err({ kind: "data_dir", message });
  }
  const lock = lockDataDir(config.dataDir);
  if (!lock.ok) return lock;
  const identity = loadSporeIdentity({ ...config, now: Date.now() });
  if (!identity.ok) return identity;
  const storage = await openStorage(config, identity.value, log);
  if (!storage.ok) return storage;
  const models = modelSettingsFrom(env);
  if (!models.ok) return err({ kind: "config", message: models.error });
  const networks = parseNetworks(config.allowPeerNetworks.join(","));
  if (!networks.ok) return networks;
  const embedder = embedderFrom(env, fetch);
  if (!embedder.ok) return err({ kind: "config", message: embedder.error });
  for (const warning of startWarnings(config, models.value, env)) log.warn(warning);
  const outside = { models: models.value, networks: networks.value, embedder: embedder.value };
  const parts = await buildParts(config, outside, log, identity.value, storage.value);
  let server: ReturnType<typeof parts.app.listen>;
  try {
    server = parts.app.listen({ hostname: config.host, port: config.port });
  } catch (cause) {
    await parts.stop();
    return err({
      kind: "listen",
      message: `cannot listen on ${config.host}:${config.port}: ${whyNotListening(cause)}`,
    });
  }
  const port = server.server?.port ?? config.port;
  await parts.start();
  return ok({
    url: config.publicUrl ?? `http://${config.host}:${port}`,
    operator: identity.value.certificate.operator,
    async stop() {
      parts.hub.close();
      await parts.stop();
      await server.stop(true);
      lock.value();
    },
  });
}

function whyNotListening(cause: unknown): string {
  const { code, message = String(cause) } = cause as { code?: string; message?: string };
  return code === "EADDRINUSE"
    ? "another process listens there: end it, or choose another PORT"
    : `${message}: HOST is an address of this machine, PORT one that you may open`;
}

async function buildParts(
  config: SporeConfig,
  outside: {
    readonly models: ModelSettings;
    readonly networks: readonly Network[];
    readonly embedder: Embedder | null;
  },
  log: Log,
  identity: SporeIdentity,
  storage: Storage,
) {
  const { key, certificate } = identity;
  const { replica, store } = storage;
  const hub = createEventHub(await nextFirstId(store));
  const settings = await openSettings({ client: store.client, now: Date.now, warn: log.warn });
  const counts = await countMemories(store, replica);
  const tasks = await openTaskIndex(store, log.warn);
  const models = await joinModels(outside.models, { config, settings, store, log });
  let cognition: Cognition | null = null;
  const recall = openRecall({
    config,
    replica,
    log,
    settings,
    attention: (id) => cognition?.attentionTo(id) ?? 1,
    trustOf: (spore) => trust.recallWeightOf(spore),
    embedder: outside.embedder,
  });
  const nameOf = (spore: PublicKey): string => replica.certificateOf(spore)?.name ?? `${spore.slice(0, 8)}…`;
  const wall = await joinWall({ storage, settings, recall });
  let network: JoinedNetwork | null = null;
  const joined = () => network?.gossip ?? null;
  const events = createEventFeed({ hub, tasks, nameOf, counts });
  const mind = { config, certificate, storage, settings, log, recall, hub, chat: models.chat };
  const views = { ...peersOf(joined), events, tasks, nameOf };
  const { trust, quantum, board } = await joinMind({ ...mind, ...views });
  models.chat.subscribe((data) => hub.publish({ type: "provider", data: { ...data } }, "public"));
  replica.subscribe((entries) => void events.onEntries(entries, board));

  const parts = { storage, settings, recall, hub, log };
  cognition = joinCognition({ ...parts, chat: models.chat, wall, board, trustOf: trust.meanOf });
  const sentinel = joinSentinel({ ...parts, config, models, gossip: joined });
  const deps = createSurface({
    config,
    log,
    key,
    storage,
    models,
    recall,
    settings,
    board,
    trust,
    quantum,
    wall,
    cognition,
    sentinel,
    counts,
    tasks,
    hub,
    nameOf,
    gossip: joined,
    network: () => present(network, "routes answer once the network is joined"),
  });
  const { networks } = outside;
  network = await joinNetwork({ config, networks, identity, storage, deps, onStrike: trust.onStrike });

  const { checkpoints } = storage;
  return { app: createApp(deps), hub, ...lifeOf({ deps, network, recall, models, trust, checkpoints }) };
}

/** Remembered, so that the next life counts on even where the clock was set back meanwhile. */
async function nextFirstId({ getMeta, setMeta }: Storage["store"]): Promise<number> {
  const last = await getMeta("event_first_id");
  const firstId = firstIdOf(Date.now(), last === null ? null : Number(last));
  await setMeta("event_first_id", String(firstId));
  return firstId;
}

/** What has to be started, and stopped in the opposite order. */
function lifeOf(parts: {
  readonly deps: HttpDeps;
  readonly network: JoinedNetwork;
  readonly recall: RecallService;
  readonly models: Models;
  readonly trust: Trust;
  readonly checkpoints: Checkpoints;
}) {
  const { deps, recall, models, trust, checkpoints } = parts;
  const { gossip, federation, blocklist } = parts.network;
  return {
    async start(): Promise<void> {
      await deps.board.start();
      await trust.start();
      gossip.start();
      await federation.start();
      blocklist.start();
      await deps.cognition.start();
      deps.sentinel.start();
      deps.history.start();
      models.cortex.start();
      models.chat.start();
      checkpoints.start();
    },
    async stop(): Promise<void> {
      deps.history.stop();
      await blocklist.stop();
      await federation.stop();
      await deps.sentinel.stop();
      await deps.cognition.stop();
      await gossip.stop();
      trust.stop();
      await deps.board.stop();
      await deps.replica.settled();
      await deps.tasks.close();
      await recall.close();
      await models.chat.close();
      await models.cortex.stop();
      await checkpoints.stop();
      deps.store.close();
    },
  };
}

/** The only place that builds the parts of a spore and joins them. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import { SHARED_LABELS, type SharedLabel } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import packageJson from "../package.json" with { type: "json" };
import type { SporeConfig } from "./config.ts";
import { DNA_HASH } from "./federation/dna.ts";
import { toSwarm } from "./federation/swarm-view.ts";
import { createGossip, type Gossip } from "./gossip/gossip.ts";
import type { PeerView } from "./gossip/node.ts";
import { type Network, parseNetworks } from "./gossip/peer-url.ts";
import { createAccess } from "./http/access.ts";
import { createApp } from "./http/app.ts";
import type { HttpDeps } from "./http/deps.ts";
import { createEventFeed } from "./http/event-feed.ts";
import { createEventHub } from "./http/event-hub.ts";
import { createHistory, type History } from "./http/history.ts";
import { createMetrics, gossipMetrics, type MetricSources } from "./http/metrics.ts";
import { summaryOf } from "./http/routes/health.ts";
import { verifySignature } from "./identity/signature.ts";
import { loadSporeIdentity, type SporeIdentity } from "./identity/spore-identity.ts";
import { createChatModel, type ModelChain } from "./llm/chain.ts";
import { EXTRACTIVE_MODEL } from "./llm/extractive.ts";
import { type ModelSettings, modelSettingsFrom } from "./llm/settings.ts";
import type { Log } from "./log.ts";
import { temperature } from "./quantum/annealing.ts";
import { decoherence } from "./quantum/decoherence.ts";
import { DEFAULT_LIMITS } from "./reasoning/limits.ts";
import { createModelReasoner } from "./reasoning/model-reasoner.ts";
import { aliveSpores, expectedSpeakers } from "./reasoning/participants.ts";
import { createTaskBoard, type TaskBoard } from "./reasoning/task-board.ts";
import { openTaskIndex, type TaskIndex } from "./reasoning/task-index.ts";
import { countMemories } from "./replica/counts.ts";
import { lockDataDir } from "./replica/data-lock.ts";
import { openReplica } from "./replica/open-replica.ts";
import type { Replica } from "./replica/replica.ts";
import { SetIndex } from "./replica/set-index.ts";
import type { Store } from "./replica/store.ts";
import { createRecall, type RecallService } from "./retrieval/recall-service.ts";
import { createWall } from "./wall/wall.ts";

export interface Spore {
  readonly url: string;
  readonly operator: PublicKey;
  stop(): Promise<void>;
}

export interface StartError {
  readonly kind: string;
  readonly message: string;
}

/** Ids read at once while the set indexes are filled at start. */
const INDEX_BATCH = 10_000;

export async function startSpore(
  config: SporeConfig,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
): Promise<Result<Spore, StartError>> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
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
  const outside = { models: models.value, networks: networks.value };
  const parts = await buildParts(config, outside, log, identity.value, storage.value);
  let server: ReturnType<typeof parts.app.listen>;
  try {
    server = parts.app.listen({ hostname: config.host, port: config.port });
  } catch (cause) {
    await parts.stop();
    return err({
      kind: "listen",
      message: `cannot listen on ${config.host}:${config.port}: ${String(cause)}`,
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

interface Storage {
  readonly replica: Replica;
  readonly store: Store;
  readonly indexes: Readonly<Record<SharedLabel, SetIndex>>;
}

async function openStorage(
  config: SporeConfig,
  { key, certificate }: SporeIdentity,
  log: Log,
): Promise<Result<Storage, StartError>> {
  const indexes = new Map<SharedLabel, SetIndex>();
  const opened = await openReplica({
    url: config.databaseUrl,
    ...(config.databaseToken ? { token: config.databaseToken } : {}),
    key,
    certificate,
    insertIntoIndex: (scope, id) => indexes.get(scope)?.insert(id),
    now: Date.now,
    warn: log.warn,
  });
  if (!opened.ok) return opened;
  const { replica, store } = opened.value;
  for (const scope of SHARED_LABELS) {
    const index = new SetIndex((prefix) => store.idsByPrefix(scope, prefix));
    for (let seq = 0; ; ) {
      const batch = await store.idsAfter(scope, seq, INDEX_BATCH);
      for (const { id } of batch) index.insert(id);
      if (batch.length < INDEX_BATCH) break;
      seq = batch.at(-1)?.seq ?? seq;
    }
    indexes.set(scope, index);
  }
  return ok({ replica, store, indexes: Object.fromEntries(indexes) as Record<SharedLabel, SetIndex> });
}

async function buildParts(
  config: SporeConfig,
  { models, networks }: { readonly models: ModelSettings; readonly networks: readonly Network[] },
  log: Log,
  identity: SporeIdentity,
  { replica, store, indexes }: Storage,
) {
  const { key, certificate } = identity;
  const hub = createEventHub();
  const views = await openViews(store, replica);
  const { counts, tasks } = views;
  const chat = createChatModel(models, { now: Date.now, fetch });
  const modelName = () =>
    chat.model === null
      ? EXTRACTIVE_MODEL
      : (models.endpoint?.model ?? chat.lastUsed()?.model ?? "not yet known");
  const recall = openRecall(config, replica, log);
  const nameOf = (spore: PublicKey): string => replica.certificateOf(spore)?.name ?? `${spore.slice(0, 8)}…`;
  let gossip: Gossip | null = null;
  const livePeers = () => (gossip?.peers() ?? []).filter(({ state }) => state === "live");

  const events = createEventFeed({ hub, tasks, nameOf, counts });
  const board = buildBoard({
    config,
    log,
    certificate,
    replica,
    store,
    recall,
    chat,
    events,
    tasks,
    livePeers,
  });
  chat.subscribe((data) => hub.publish({ type: "provider", data: { ...data } }, "public"));
  replica.subscribe((entries) => void events.onEntries(entries, board));

  const liveCount = () => livePeers().length;
  const sources = { counts, board, tasks, recall, gossip: () => gossip, livePeers: liveCount };
  const history = openHistory(store, log, sources);

  const deps: HttpDeps = {
    config,
    version: packageJson.version,
    dna: DNA_HASH,
    model: modelName,
    key,
    replica,
    store,
    board,
    ...views,
    recall,
    hub,
    access: createAccess(config),
    log,
    now: Date.now,
    startedAt: Date.now(),
    nameOf,
    rootOf: (scope) => indexes[scope].root(),
    swarm: () => toSwarm(key.publicKey, gossip?.peers() ?? [], gossip?.ownCard() ?? null, Date.now()),
    livePeers: () => livePeers().map(({ card }) => card),
    providers: chat.describe,
    history,
    gossip: async (request) => (gossip ? await gossip.handle(request) : new Response(null, { status: 503 })),
    partMetrics: () => (gossip ? gossipMetrics(gossip.status()) : []),
  };

  gossip = joinGossip(config, networks, identity, replica, indexes, deps);

  return { app: createApp(deps), hub, ...lifeOf({ deps, gossip, recall }) };
}

function joinGossip(
  config: SporeConfig,
  networks: readonly Network[],
  identity: SporeIdentity,
  replica: Replica,
  indexes: Storage["indexes"],
  deps: HttpDeps,
): Gossip {
  return createGossip({
    replica: {
      self: identity.certificate,
      index: (scope) => indexes[scope],
      idsByPrefix: replica.idsByPrefix,
      entries: replica.entries,
      log: replica.log,
      apply: replica.apply,
      certificates: replica.certificates,
      subscribe: replica.subscribe,
    },
    signer: identity.key,
    verify: verifySignature,
    seeds: config.peers,
    intervalMs: config.gossipIntervalMs,
    peerUrls: { allowLoopback: config.allowLoopbackPeers, networks },
    log: (level, message, details) => deps.log[level](message, details),
    onPeer: ({ key: id, card, state }) =>
      deps.hub.publish(
        { type: "peer", data: { id, name: card.certificate.name, url: card.url, state } },
        "public",
      ),
    ownCard: () => ({
      replica: replica.id,
      url: config.publicUrl,
      role: config.role,
      model: deps.model(),
      version: packageJson.version,
      dna: DNA_HASH,
      place: config.place,
      summary: summaryOf(deps),
    }),
  });
}

async function openViews(store: Store, replica: Replica) {
  return {
    wall: await createWall({ store, now: Date.now }),
    counts: await countMemories(store, replica),
    tasks: await openTaskIndex(store),
  };
}

function openRecall(config: SporeConfig, replica: Replica, log: Log): RecallService {
  return createRecall({
    feed: replica,
    path: join(config.dataDir, "recall.db"),
    weights: { decoherence: (kind, ageMs) => decoherence(kind, ageMs, 0), trust: () => 1 },
    now: Date.now,
    log,
    mayRetract: replica.mayRetract,
  });
}

function openHistory(store: Store, log: Log, sources: MetricSources): History {
  return createHistory({
    client: store.client,
    now: Date.now,
    warn: log.warn,
    metrics: createMetrics(sources),
  });
}

interface BoardParts {
  readonly config: SporeConfig;
  readonly log: Log;
  readonly certificate: Certificate;
  readonly replica: Replica;
  readonly store: Store;
  readonly recall: RecallService;
  readonly chat: ModelChain;
  readonly events: ReturnType<typeof createEventFeed>;
  readonly tasks: TaskIndex;
  readonly livePeers: () => readonly PeerView[];
}

function buildBoard(parts: BoardParts): TaskBoard {
  const { config, log, certificate, replica, store, recall, chat, events, tasks, livePeers } = parts;
  const model = chat.model
    ? createModelReasoner({
        model: chat.model,
        temperature: (cycle) => temperature({ cycle, budget: DEFAULT_LIMITS.cyclesMax, reheatedAt: null }),
        sourcesOf: (ids) => store.get(ids as EntryId[]),
        debug: log.debug,
      })
    : null;
  return createTaskBoard({
    self: certificate.spore,
    role: config.role,
    recall,
    limits: DEFAULT_LIMITS,
    replica,
    store,
    reasonWithModel: model?.reason ?? (async () => null),
    extract: chat.extract,
    synthesiseWithModel: model?.synthesise ?? (async () => null),
    expected: (state) => expectedSpeakers(certificate, state, livePeers(), replica.certificateOf),
    alive: (state) => aliveSpores(certificate, state, livePeers()),
    weightOf: () => 1,
    now: Date.now,
    warn: log.warn,
    unfinished: () => tasks.unfinished(),
    onView: events.onTaskView,
  });
}

/** What has to be started, and stopped in the opposite order: nothing may write into a store that is closed. */
function lifeOf(parts: { readonly deps: HttpDeps; readonly gossip: Gossip; readonly recall: RecallService }) {
  const { deps, gossip, recall } = parts;
  return {
    async start(): Promise<void> {
      await deps.board.start();
      gossip.start();
      deps.history.start();
    },
    async stop(): Promise<void> {
      deps.history.stop();
      await gossip.stop();
      await deps.board.stop();
      await deps.replica.settled();
      await deps.tasks.close();
      await recall.close();
      deps.store.close();
    },
  };
}

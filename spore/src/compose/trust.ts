/** Joins what judges: the trust ledger on the change feed, grading, probes, and the watch over conduct. */
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import { type Body, isKind } from "@synapse/shared/contract/entry.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import type { PeerView } from "../gossip/node.ts";
import type { EventHub } from "../http/event-hub.ts";
import type { Log } from "../log.ts";
import { EntanglementLedger } from "../quantum/entanglement.ts";
import { type Beliefs, createBeliefs } from "../reasoning/beliefs.ts";
import { createGrader, type Grader } from "../reasoning/grader.ts";
import { type KnownAnswers, openKnownAnswers } from "../reasoning/known-answers.ts";
import { createProber } from "../reasoning/prober.ts";
import { rendezvousOrder } from "../reasoning/rendezvous.ts";
import type { TaskBoard } from "../reasoning/task-board.ts";
import type { StoredEntry } from "../replica/feed.ts";
import type { Settings } from "../settings/settings.ts";
import { createConductWatch } from "../trust/conduct-watch.ts";
import { TrustLedger, type TrustLedgerDeps } from "../trust/ledger.ts";
import { createTrustReport, type EntangledPair } from "../trust/trust-report.ts";
import { originWeight } from "./origin.ts";
import type { Storage } from "./storage.ts";

export interface TrustParts {
  readonly certificate: Certificate;
  readonly storage: Storage;
  readonly settings: Settings;
  readonly hub: EventHub;
  readonly log: Log;
  readonly nameOf: (spore: PublicKey) => string;
  readonly livePeers: () => readonly PeerView[];
  readonly livePeer: (spore: PublicKey) => PeerView | null;
  /** Made after trust, which it needs: reached only when something happens. */
  readonly board: () => TaskBoard;
  /** Whether this spore has a model now that a probe could test. */
  readonly hasModel: () => boolean;
}

export interface Trust {
  readonly ledger: TrustLedger;
  readonly beliefs: Beliefs;
  readonly grader: Grader;
  readonly report: ReturnType<typeof createTrustReport>;
  readonly entangled: (limit: number) => readonly EntangledPair[];
  /** 0 to 1; one half of somebody of whom nothing is known. */
  readonly meanOf: (spore: PublicKey) => number;
  /** How an author's memories rank in recall: own ones whole, others by where they come from and what they earned. */
  readonly recallWeightOf: (spore: PublicKey) => number;
  /** Like `meanOf`, but null where no evidence speaks of it. */
  readonly knownOf: (spore: PublicKey) => number | null;
  readonly onStrike: (peer: PublicKey) => void;
  start(): Promise<void>;
  stop(): void;
}

/** Kinds of which trust is folded; the rest of a large memory is not even read. */
const FOLDED = ["task", "contribution", "synthesis", "evidence"] as const;
/** A breach is noted by the first of a commander's spores at once, by each next one this much later. */
const NOTE_STEP_MS = 3_000;
const NOTE_FIRST_MS = 200;

export async function joinTrust(parts: TrustParts): Promise<Trust> {
  const { certificate, storage, settings, hub, log, livePeers, livePeer } = parts;
  const { replica, store } = storage;
  const self = certificate.spore;
  // A spore that has written nothing yet is known by its card.
  const operatorOf = (spore: PublicKey) =>
    (replica.certificateOf(spore) ?? livePeer(spore)?.card.certificate)?.operator ?? null;
  let pairs = new EntanglementLedger();
  const knowledge: TrustLedgerDeps = {
    self,
    operatorOf,
    identityOf: (spore) => replica.keys.identityOf(spore),
    isRevoked: (spore) => replica.keys.isRevoked(spore),
    correlate: () => {
      pairs = new EntanglementLedger();
      return pairs;
    },
    lends: () => settings.get("quantum.entanglement") && settings.get("quantum.entanglement_prior"),
  };
  const ledger = await readLedger(knowledge, store);
  const refold = createRefold(ledger, knowledge, storage);

  const ownAlive = () =>
    new Set([
      self,
      ...livePeers()
        .filter(({ card }) => card.certificate.operator === certificate.operator)
        .map(({ key }) => key),
    ]);
  const known = await openKnownAnswers(store.client, Date.now);
  const grader = createGrader({
    self,
    replica,
    ledger,
    known,
    look: (task) => parts.board().look(task),
    ownAlive,
    warn: log.warn,
  });
  const watch = createConductWatch({
    self,
    replica,
    store,
    ledger,
    delayMs: (proof) => NOTE_FIRST_MS + rendezvousOrder(proof, ownAlive()).indexOf(self) * NOTE_STEP_MS,
    now: Date.now,
    warn: log.warn,
  });
  const prober = joinProber(parts, known, ownAlive);
  const entangled = (limit: number) => {
    ledger.reliability(Date.now());
    return pairs.correlated(limit);
  };
  const meanOf = (spore: PublicKey): number => ledger.view(Date.now()).score(spore, null).mean;
  const unsubscribe = replica.subscribe((entries) => {
    // Rare: all that is known under the old key moves to the new one, or ends.
    refold
      .onEntries(entries)
      .catch((cause) => log.warn("trust could not be folded again", { cause: String(cause) }));
    for (const subject of ledger.absorb(entries)) {
      const topic = ledger.explain(subject).at(-1)?.topic ?? "";
      hub.publish({ type: "trust", data: { subject, topic } }, "public");
    }
    grader.onEntries(entries);
    watch
      .onEntries(entries)
      .catch((cause) => log.warn("entries could not be looked at", { cause: String(cause) }));
  });

  return {
    ledger,
    grader,
    entangled,
    beliefs: createBeliefs({
      ledger,
      now: Date.now,
      interference: () => settings.get("quantum.interference"),
      entanglement: () => settings.get("quantum.entanglement"),
    }),
    report: createTrustReport({
      self,
      ledger,
      seen: () => livePeers().map(({ key }) => key),
      nameOf: parts.nameOf,
      operatorOf,
      entangled,
      now: Date.now,
    }),
    meanOf,
    recallWeightOf: (spore) => originWeight(ledger.isOwn(spore), ledger.view(Date.now()).score(spore, null)),
    knownOf: (spore) => (ledger.explain(spore).length === 0 ? null : meanOf(spore)),
    onStrike: (peer) => watch.onRubbish(peer, "its bytes, signature or author were wrong"),
    async start() {
      await grader.start();
      prober.start();
    },
    stop() {
      unsubscribe();
      prober.stop();
      grader.stop();
      watch.stop();
    },
  };
}

async function readLedger(knowledge: TrustLedgerDeps, store: Storage["store"]): Promise<TrustLedger> {
  const ledger = new TrustLedger(knowledge);
  for await (const batch of store.ofKinds(FOLDED)) {
    ledger.absorb(batch);
    // A file answers at once: without this nobody else would have a turn before the last batch.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return ledger;
}

/**
 * The ledger folded anew beside the one in use, which goes on with what it knows until the new one takes its place. Anybody
 * may write a statement about keys: one that does not count, or is about nobody known, changes nothing here.
 */
function createRefold(ledger: TrustLedger, knowledge: TrustLedgerDeps, { store, replica }: Storage) {
  /** What came while it is being folded: it may or may not be among what is read. */
  let arrived: StoredEntry[] | null = null;
  let isDue = false;

  function isFelt({ key, signature }: Body<"key">): boolean {
    const isMeant = (spore: PublicKey) => spore === key || knowledge.operatorOf(spore) === key;
    return replica.keys.statementOn(key)?.signature === signature && ledger.knows(isMeant);
  }

  /** One at a time; asked for meanwhile, once more after it. */
  async function fold(): Promise<void> {
    while (isDue) {
      isDue = false;
      const meanwhile: StoredEntry[] = [];
      arrived = meanwhile;
      try {
        const fresh = await readLedger(knowledge, store);
        fresh.absorb(meanwhile);
        ledger.adopt(fresh);
      } finally {
        arrived = null;
      }
    }
  }

  return {
    async onEntries(entries: readonly StoredEntry[]): Promise<void> {
      arrived?.push(...entries);
      if (!entries.some((stored) => isKind(stored, "key") && isFelt(stored.entry.body))) return;
      isDue = true;
      if (arrived === null) await fold();
    },
  };
}

function joinProber(
  { storage, settings, log, board, hasModel }: TrustParts,
  known: KnownAnswers,
  ownAlive: () => ReadonlySet<PublicKey>,
) {
  return createProber({
    known,
    perDay: () => settings.get("trust.probes_per_day"),
    spores: () => ownAlive().size,
    worthwhile: hasModel,
    busy: () => board().openTasks() > 0,
    ask: async (description, answer) => {
      const body = { description, priority: "low" as const, answer };
      const stored = await storage.replica.append([{ label: "cluster", kind: "task", body }]);
      return stored.ok ? ((stored.value[0]?.id as EntryId | undefined) ?? null) : null;
    },
    now: Date.now,
    random: Math.random,
    warn: log.warn,
  });
}

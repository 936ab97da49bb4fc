/**
 * Looks at every entry that arrives and writes evidence of what is not as it must be (conduct.ts), and of peers that
 * deliver what no honest spore could have passed on.
 *
 * 1. One observation for one breach and one commander: what another of his spores noted already is not noted again.
 * 2. Bounded: a peer that sends rubbish all day is noted once an hour, and the queue of looks has a limit.
 */
import { type Body, isKind, taskOf } from "@synapse/shared/contract/entry.ts";
import { mostRestricted } from "@synapse/shared/contract/label.ts";
import { type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import type { StoredEntry } from "../replica/feed.ts";
import type { Draft, Replica } from "../replica/replica.ts";
import type { Store } from "../replica/store.ts";
import { type Breach, causalBreaches, forkedHistory, inconsistencies } from "./conduct.ts";
import type { TrustLedger } from "./ledger.ts";
import { GENERAL_TOPIC } from "./topic.ts";

export interface ConductWatchDeps {
  readonly self: PublicKey;
  readonly replica: Pick<Replica, "append">;
  readonly store: Pick<Store, "get" | "ofTask" | "onDot">;
  readonly ledger: Pick<TrustLedger, "explain" | "isOwn">;
  /** Waits before writing, so that of several spores of one commander one is first. */
  readonly delayMs: (proof: string) => number;
  readonly now: () => number;
  readonly warn: (message: string, details?: Record<string, unknown>) => void;
}

/** Entries of one batch that are looked at closely; a flood is not worth more. */
const LOOKS_MAX = 200;
const RUBBISH_PAUSE_MS = 3_600_000;
const PEERS_MAX = 1_000;
/** Kinds whose parents say what was seen; a memory's parents say nothing about conduct. */
const WATCHED = new Set(["contribution", "synthesis", "answer", "evidence"]);

export function createConductWatch(deps: ConductWatchDeps) {
  const { self, replica, store, ledger } = deps;
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const rubbishAt = new Map<PublicKey, number>();

  function known({ subject, dimension, proof }: Breach): boolean {
    return ledger
      .explain(subject)
      .some(
        (one) => one.dimension === dimension && one.restsOn[0] === proof[0] && ledger.isOwn(one.observer),
      );
  }

  /** As restricted as what proves it; what no entry proves is this commander's own affair. */
  async function write(breach: Breach): Promise<void> {
    if (breach.subject === self || (breach.proof.length > 0 && known(breach))) return;
    const proof = await store.get([...breach.proof]);
    const label = proof.length === 0 ? "cluster" : mostRestricted(proof.map(({ entry }) => entry.label));
    const body: Body<"evidence"> = {
      subject: breach.subject,
      topic: GENERAL_TOPIC,
      dimension: breach.dimension,
      positive: false,
      weight: 1,
      source: "protocol",
      rests_on: [...breach.proof],
      note: breach.note,
    };
    const draft: Draft = { label, kind: "evidence", body, parents: [...breach.proof] };
    const stored = await replica.append([draft]);
    if (!stored.ok) deps.warn("a breach could not be noted", { reason: stored.error.message });
  }

  function noteLater(breach: Breach): void {
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        write(breach).catch((cause) => deps.warn("a breach could not be noted", { cause: String(cause) }));
      },
      deps.delayMs(breach.proof.join(" ")),
    );
    timers.add(timer);
  }

  async function look(stored: StoredEntry): Promise<readonly Breach[]> {
    const { entry, id } = stored;
    const parents = await store.get([...entry.parents]);
    const breaches = [...causalBreaches(stored, parents)];
    if (isKind(stored, "contribution")) {
      const task = taskOf(stored);
      const sameTask = task === null ? [] : await store.ofTask(task);
      const form = sameTask.find((one) => isKind(one, "task"))?.entry.body as Body<"task"> | undefined;
      const contributions = sameTask.filter((one) => isKind(one, "contribution"));
      breaches.push(...inconsistencies(stored, contributions, form?.answer));
    }
    const twin = (await store.onDot(entry)).find((other) => other !== id);
    if (twin !== undefined) {
      const author = replicaKey(entry.replica);
      breaches.push(forkedHistory({ author, first: twin, second: id }));
    }
    return breaches;
  }

  return {
    async onEntries(entries: readonly StoredEntry[]): Promise<void> {
      const foreign = entries.filter(({ entry }) => replicaKey(entry.replica) !== self);
      const watched = foreign.filter(({ entry }) => WATCHED.has(entry.kind)).slice(0, LOOKS_MAX);
      for (const stored of watched) {
        for (const breach of await look(stored)) noteLater(breach);
      }
    },

    /** A peer delivered entries that are forged or malformed: whoever passes them on did not check, or made them. */
    onRubbish(peer: PublicKey, reason: string): void {
      const now = deps.now();
      if (now - (rubbishAt.get(peer) ?? Number.NEGATIVE_INFINITY) < RUBBISH_PAUSE_MS) return;
      if (rubbishAt.size >= PEERS_MAX) rubbishAt.clear();
      rubbishAt.set(peer, now);
      const breach: Breach = {
        subject: peer,
        dimension: "integrity",
        proof: [],
        note: `delivered an entry that no honest spore passes on: ${reason}`,
      };
      write(breach).catch((cause) => deps.warn("a breach could not be noted", { cause: String(cause) }));
    },

    stop(): void {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

/**
 * Looks at every entry that arrives and writes evidence of what is not as it must be (conduct.ts), and of peers that
 * deliver what no honest spore could have passed on.
 *
 * 1. One observation an hour for one subject, dimension and commander, whatever the subject does: what another of his
 *    spores noted already is not noted again. It is the commander's own affair: whoever holds the proof finds the same.
 * 2. A look costs a few rows, whatever its task holds, is made beside everything else, and has a place in a queue with a
 *    limit. Who was noted is not looked at again within the hour.
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
  readonly store: Pick<Store, "get" | "recent" | "membersOn">;
  readonly ledger: Pick<TrustLedger, "explain" | "isOwn">;
  /** Waits before writing, so that of several spores of one commander one is first. */
  readonly delayMs: (proof: string) => number;
  readonly now: () => number;
  readonly warn: (message: string, details?: Record<string, unknown>) => void;
}

/** Entries that wait for their look; a flood is not worth more. */
const WAITING_MAX = 1_000;
/** Newest contributions of an author to a task among which a second vote is looked for. */
const VOTES_LOOKED_AT = 32;
const PAUSE_MS = 3_600_000;
const NOTED_MAX = 10_000;
/** Kinds whose parents say what was seen; a memory's parents say nothing about conduct. */
const WATCHED = new Set(["contribution", "synthesis", "answer", "evidence"]);

export function createConductWatch(deps: ConductWatchDeps) {
  const { self, replica, store, ledger } = deps;
  const timers = new Set<ReturnType<typeof setTimeout>>();
  /** By subject and dimension: until when nothing is noted. The oldest goes first: the ledger remembers what was written. */
  const notedUntil = new Map<string, number>();
  const waiting: StoredEntry[] = [];
  let isLooking = false;

  function isDue(subject: PublicKey, dimension: Breach["dimension"]): boolean {
    return subject !== self && (notedUntil.get(`${dimension} ${subject}`) ?? 0) <= deps.now();
  }

  function markNoted({ subject, dimension }: Breach): void {
    notedUntil.delete(`${dimension} ${subject}`);
    notedUntil.set(`${dimension} ${subject}`, deps.now() + PAUSE_MS);
    const [oldest] = notedUntil.keys();
    if (notedUntil.size > NOTED_MAX && oldest !== undefined) notedUntil.delete(oldest);
  }

  function isKnown({ subject, dimension }: Breach): boolean {
    const since = deps.now() - PAUSE_MS;
    return ledger
      .explain(subject)
      .some((one) => one.dimension === dimension && one.at > since && ledger.isOwn(one.observer));
  }

  async function write(breach: Breach): Promise<void> {
    if (isKnown(breach)) return;
    const proof = await store.get([...breach.proof]);
    const label = mostRestricted(["cluster", ...proof.map(({ entry }) => entry.label)]);
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
    if (!isDue(breach.subject, breach.dimension)) return;
    markNoted(breach);
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
    const author = replicaKey(entry.replica);
    const breaches: Breach[] = [];
    if (isDue(author, "causality"))
      breaches.push(...causalBreaches(stored, await store.get([...entry.parents])));
    const task = taskOf(stored);
    if (isKind(stored, "contribution") && task !== null && isDue(author, "consistency")) {
      const [asked] = await store.get([task]);
      const form = asked && isKind(asked, "task") ? asked.entry.body.answer : undefined;
      const filter = { task, kinds: ["contribution"] as const, replica: entry.replica };
      const votes = await store.recent(filter, VOTES_LOOKED_AT);
      const contributions = votes.filter((one) => isKind(one, "contribution"));
      breaches.push(...inconsistencies(stored, contributions, form));
    }
    if (isDue(author, "integrity")) {
      const [members = []] = await store.membersOn([entry]);
      const twin = members.find((other) => other.id !== id && !other.isRefused);
      if (twin) breaches.push(forkedHistory({ author, first: twin.id, second: id }));
    }
    return breaches;
  }

  async function lookAtAll(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    try {
      for (let stored = waiting.shift(); stored !== undefined; stored = waiting.shift()) {
        for (const breach of await look(stored)) noteLater(breach);
        // A file answers at once: without this nobody else would have a turn before the last look.
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      isLooking = false;
    }
  }

  return {
    async onEntries(entries: readonly StoredEntry[]): Promise<void> {
      const watched = entries.filter(
        ({ entry }) => WATCHED.has(entry.kind) && replicaKey(entry.replica) !== self,
      );
      waiting.push(...watched.slice(0, WAITING_MAX - waiting.length));
      await lookAtAll();
    },

    /** A peer delivered entries that are forged or malformed: whoever passes them on did not check, or made them. */
    onRubbish(peer: PublicKey, reason: string): void {
      const breach: Breach = {
        subject: peer,
        dimension: "integrity",
        proof: [],
        note: `delivered an entry that no honest spore passes on: ${reason}`,
      };
      if (!isDue(peer, breach.dimension)) return;
      markNoted(breach);
      write(breach).catch((cause) => deps.warn("a breach could not be noted", { cause: String(cause) }));
    },

    stop(): void {
      waiting.length = 0;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

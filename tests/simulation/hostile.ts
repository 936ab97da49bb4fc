/**
 * Spores that mean harm, with valid keys and cards: what they can do is what any stranger can do.
 *
 *   forger       puts entries whose bytes, author or signature were changed, and mixes them into its replies
 *   liar         answers comparisons with invented roots, symbols and prints, and announces what does not exist
 *   equivocator  signs two entries for one place in its sequence and tells one half of the network each
 *   flooder      writes public entries as fast as it can
 *   crowd        hands out cards of many spores that do not exist
 */
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import { ENTRY_VERSION } from "@synapse/shared/contract/entry.ts";
import { CARD_LIFETIME_MS } from "@synapse/shared/contract/peer-card.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import { DNA_HASH } from "@synapse/spore/federation/dna.ts";
import { idOf } from "@synapse/spore/gossip/anti-entropy.ts";
import type { KnownCard } from "@synapse/spore/gossip/card-reader.ts";
import { type Item, type Kind, type Reply, type Request_, WIRE_VERSION } from "@synapse/spore/gossip/wire.ts";
import { issueCertificate } from "@synapse/spore/identity/certificate.ts";
import { cardDraft } from "../support/card-draft.ts";
import { keyPairOfSeed } from "../support/test-keys.ts";
import { bytesOf, pickOne, type Random, streamOf } from "./random.ts";
import { HOSTILE_KINDS, type HostileKind } from "./scenario.ts";
import { payFor, type SimulatedSpore } from "./simulated-spore.ts";
import type { Simulator } from "./simulator.ts";
import { START_MS } from "./virtual-time.ts";

const ACT_EVERY_MS = 2_000;
const FLOOD_ENTRIES = 10;
const CROWD_CARDS = 8;

export class Hostiles {
  private readonly kinds = new Map<SimulatedSpore, HostileKind>();
  private readonly simulator: Simulator;
  private readonly random: Random;
  private acts = 0;

  constructor(simulator: Simulator) {
    this.simulator = simulator;
    this.random = streamOf(simulator.seed, "hostile");
    const sample = simulator.sampler("who is hostile");
    for (const kind of HOSTILE_KINDS) {
      // The seeds of all are honest here; hostile seeds have a test of their own (tests/threats/eclipse.test.ts).
      const left = simulator.spores.slice(simulator.scenario.seeds).filter((spore) => !this.kinds.has(spore));
      for (const spore of sample(simulator.scenario.hostile[kind] ?? 0, left)) this.kinds.set(spore, kind);
    }
  }

  has(spore: SimulatedSpore): boolean {
    return this.kinds.has(spore);
  }

  start(): void {
    const end = START_MS + this.simulator.scenario.runS * 1_000;
    for (const [spore, kind] of this.kinds) {
      const act = () => {
        if (this.simulator.time.now > end) return;
        if (spore.isUp) void this.act(spore, kind);
        this.simulator.time.schedule(this.simulator.time.now + ACT_EVERY_MS, act);
      };
      this.simulator.time.schedule(START_MS + 3_000, act);
    }
  }

  /** What it says instead of its honest reply. */
  replyOf<K extends Kind>(by: SimulatedSpore, kind: K, reply: Reply<K>): Reply<K> {
    const { random } = this;
    const of = this.kinds.get(by);
    if (of === "forger" && "items" in (reply as object)) {
      const { items } = reply as { items: Item[] };
      return { ...reply, items: items.map((item) => (random() < 0.5 ? forged(item, random) : item)) };
    }
    if (of !== "liar") return reply;
    if (kind === "compare") {
      const lie = { is: "sketch", sym: bytesOf(14 * 40, random), root: bytesOf(32, random), n: 1_000_000 };
      return lie as unknown as Reply<K>;
    }
    if (kind === "sketch") {
      const { sym } = reply as Reply<"sketch">;
      return { ...reply, sym: bytesOf(sym.byteLength, random) };
    }
    if (kind === "descend") {
      const { nodes } = reply as Reply<"descend">;
      return {
        ...reply,
        nodes: nodes.map(([prefix]) => [prefix, 1, bytesOf(32 * 3, random)]),
      } as unknown as Reply<K>;
    }
    return reply;
  }

  private async act(spore: SimulatedSpore, kind: HostileKind): Promise<void> {
    const victim = pickOne(
      this.simulator.honest().filter(({ url, isUp }) => url !== null && isUp),
      this.random,
    );
    if (victim?.url === null || victim === undefined) return;
    const call = <K extends Kind>(verb: K, message: Request_<K>) =>
      this.simulator.network.of(spore).call(victim.publicKey, victim.url ?? "", verb, message);
    const put = (items: Item[], scope = 0) =>
      call("put", { v: WIRE_VERSION, in: scope, items, certs: [spore.certificate], rumour: true });
    const { random } = this;
    this.acts++;
    switch (kind) {
      case "forger": {
        const stored = pickOne(spore.disk.rows, random);
        if (stored === undefined) return;
        const item: Item = [canonicalJson(stored.entry), stored.signature];
        await put([forged(item, random), forged(item, random)]);
        return;
      }
      case "liar":
        await call("announce", { v: WIRE_VERSION, in: 0, keys: bytesOf(8 * 20, random) });
        // Another operator's cluster is asked for, in vain.
        await call("log", { v: WIRE_VERSION, in: 1, after: 0, limit: 100 });
        return;
      case "equivocator":
        await put([this.twin(spore, this.acts)]);
        return;
      case "flooder":
        await Promise.all(
          Array.from({ length: FLOOD_ENTRIES }, (_, i) => spore.write(`flood ${this.acts} ${i}`, "public")),
        );
        return;
      case "crowd":
        await put(crowd(CROWD_CARDS, this.simulator.seed, this.acts, this.simulator.time.now), 2);
    }
  }

  /** Each call another text for the same few places in its sequence. */
  private twin(spore: SimulatedSpore, variant: number): Item {
    const entry = {
      v: ENTRY_VERSION,
      kind: "memory",
      label: "public",
      replica: payFor(spore.publicKey, START_MS, 0),
      counter: 1 + (variant % 3),
      clock: [START_MS, 0],
      parents: [],
      body: { content: `one of two stories, number ${variant}` },
    };
    const text = canonicalJson(entry);
    return [text, spore.key.sign(signingBytes("entry", idOf({ text })))];
  }
}

function forged([text, signature]: Item, random: Random): Item {
  const ways: (() => Item)[] = [
    () => [text.replace(/"content":"/, '"content":"not '), signature],
    () => [text.replace(/"counter":(\d+)/, (_, n) => `"counter":${Number(n) + 1}`), signature],
    () => [text.replace('"label":"public"', '"label":"cluster"'), signature],
    () => [text.replace(/"clock":\[(\d+)/, (_, n) => `"clock":[${Number(n) + 1}`), signature],
    () => [text, `${signature.slice(1)}A`],
    () => [`${text} `, signature],
    () => [text.slice(0, -2), signature],
  ];
  return pickOne(ways, random)();
}

/** Signed cards of spores that were never started, each with an operator of its own. */
function crowd(count: number, seed: number, round: number, now: number): Item[] {
  return Array.from({ length: count }, (_, i) => {
    const raw = (what: number) =>
      Buffer.from(Uint32Array.of(what, seed, round, i, 7, 7, 7, 7).buffer).toString("hex");
    const [key, operator] = [keyPairOfSeed(raw(1)), keyPairOfSeed(raw(2))];
    const certificate = issueCertificate(operator, {
      spore: key,
      name: `nobody-${i}`,
      issuedAt: 1,
    });
    const card = {
      v: 1,
      certificate,
      ...cardDraft(key.publicKey, `https://nobody-${round}-${i}.crowd.example`),
      dna: DNA_HASH,
      neighbours: [],
      issued_at: now,
      expires_at: now + CARD_LIFETIME_MS,
    } satisfies Omit<KnownCard["card"], "signature">;
    const text = canonicalJson(card);
    return [text, key.sign(signingBytes("card", idOf({ text })))] satisfies Item;
  });
}

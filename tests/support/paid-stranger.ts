/** A stranger who has paid the newcomer's price, and tells a real spore entries of its own as a peer would. */
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import { type Body, ENTRY_VERSION, type Kind } from "@synapse/shared/contract/entry.ts";
import type { EntryId, ReplicaId } from "@synapse/shared/ids.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import { type Item, scopeToWire } from "@synapse/spore/gossip/wire.ts";
import { entryIdOf } from "@synapse/spore/identity/entry-signature.ts";
import { findPaidReplica, PUBLIC_RULE, replicaPrefix } from "@synapse/spore/replica/public-rule.ts";
import { type Callee, calleeOf, GossipClient } from "./gossip-client.ts";
import type { TestSpore } from "./swarm.ts";

export interface OwnEntry {
  readonly id: EntryId;
  readonly item: Item;
}

export class PaidStranger {
  readonly client = new GossipClient();
  readonly replica: ReplicaId;
  private readonly callee: Callee;
  private counter = 0;

  /** @param since when its replica was made, ms: the older it is, the more the public rule allows */
  private constructor(callee: Callee, since: number) {
    this.callee = callee;
    const prefix = replicaPrefix(this.client.key.publicKey, since);
    const paid = findPaidReplica(prefix, PUBLIC_RULE.workBits, 0, 2 ** 26);
    if (paid === null) throw new Error("no replica has the price in so many tries");
    this.replica = paid;
  }

  static async greeting(spore: TestSpore, since = Date.now()): Promise<PaidStranger> {
    const stranger = new PaidStranger(await calleeOf(spore), since);
    const hello = await stranger.client.hello(stranger.callee);
    if (!hello.ok) throw new Error(`hello: ${hello.status} ${await hello.text()}`);
    return stranger;
  }

  /** Its next entry, public unless it is dressed as something else. */
  sign<K extends Kind>(
    kind: K,
    body: Body<K>,
    parents: readonly EntryId[] = [],
    dress: { readonly label?: "cluster"; readonly replica?: string } = {},
  ): OwnEntry {
    this.counter += 1;
    const text = canonicalJson({
      v: ENTRY_VERSION,
      kind,
      label: "public",
      replica: this.replica,
      counter: this.counter,
      clock: [Date.now(), this.counter],
      parents,
      body,
      ...dress,
    });
    const id = entryIdOf(text);
    return { id, item: [text, this.client.key.sign(signingBytes("entry", id))] };
  }

  put(
    entries: readonly OwnEntry[],
    { scope = "public", rumour = true }: { scope?: "public" | "cluster"; rumour?: boolean } = {},
  ): Promise<Response> {
    return this.client.send(this.callee, "put", {
      v: 1,
      in: scopeToWire(scope),
      items: entries.map(({ item }) => item),
      certs: [this.client.certificate],
      rumour,
    });
  }
}

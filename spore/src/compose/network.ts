/** Joins what talks to other spores: gossip, this spore's own card, and the federation that says with whom. */
import { present } from "@synapse/shared/assert.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import type { SporeConfig } from "../config.ts";
import { type Blocklist, openBlocklist } from "../federation/blocklist.ts";
import { DNA_HASH, SPEAKS } from "../federation/dna.ts";
import { type Federation, openFederation } from "../federation/federation.ts";
import { createKeyDesk, type KeyDesk } from "../federation/key-desk.ts";
import type { PeerRefusal } from "../gossip/card-reader.ts";
import { createGossip, type Gossip, resolveAll } from "../gossip/gossip.ts";
import { createGuardedFetch } from "../gossip/guarded-fetch.ts";
import { mayBeCalled, type Network } from "../gossip/peer-url.ts";
import type { HttpDeps } from "../http/deps.ts";
import { summaryOf } from "../http/routes/health.ts";
import { verifySignature } from "../identity/signature.ts";
import { forgetPredecessor, type SporeIdentity } from "../identity/spore-identity.ts";
import type { KeyHistory } from "../replica/key-history.ts";
import { seedSources } from "./seed-sources.ts";
import type { Storage } from "./storage.ts";

export interface NetworkParts {
  readonly config: SporeConfig;
  readonly networks: readonly Network[];
  readonly identity: SporeIdentity;
  readonly storage: Storage;
  readonly deps: HttpDeps;
  /** A peer delivered what no honest spore passes on. */
  readonly onStrike: (peer: PublicKey) => void;
}

export interface JoinedNetwork {
  readonly gossip: Gossip;
  readonly federation: Federation;
  readonly blocklist: Blocklist;
  readonly keyDesk: KeyDesk;
}

export async function joinNetwork(parts: NetworkParts): Promise<JoinedNetwork> {
  const { config, networks, identity, storage, deps } = parts;
  const policy = { allowLoopback: config.allowLoopbackPeers, networks };
  const fetchText = createGuardedFetch(policy, resolveAll);
  let gossip: Gossip | null = null;
  const { replica } = storage;
  const later = (delayMs: number, run: () => void) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  };
  const blocklist = await openBlocklist({
    client: storage.store.client,
    self: identity.certificate,
    fetch: fetchText,
    log: (message, details) => deps.log.warn(message, details),
    now: Date.now,
    random: Math.random,
    later,
    async onChange({ pardoned }) {
      applyPolicy();
      gossip?.dropRefused();
      for (const reason of pardoned) await replica.pardon(reason);
    },
  });
  /** New entries of the blocked and the revoked are refused; what is held of the blocked is hidden. */
  function applyPolicy(): void {
    replica.refuseWhen(
      (spore, operator) =>
        blocklist.refusalName(spore, operator) ?? (replica.keys.isRevoked(spore) ? `revoked ${spore}` : null),
    );
    storage.store.hideWhen(
      (spore) => blocklist.refusalName(spore, replica.certificateOf(spore)?.operator ?? spore) !== null,
    );
  }
  applyPolicy();
  const keyDesk = createKeyDesk({
    replica,
    keys: replica.keys,
    self: identity.certificate,
    operator: identity.operator,
    now: Date.now,
  });
  replica.subscribe((entries) => {
    if (entries.some(({ entry }) => entry.kind === "key")) gossip?.dropRefused();
  });
  const federation = await openFederation({
    ...identity,
    store: storage.store,
    membership: config.membership,
    invite: config.invite,
    sources: await seedSources(config, fetchText),
    fetch: fetchText,
    mayBeCalled: (url) => mayBeCalled(url, policy),
    gossip: () => present(gossip, "gossip is joined before anything asks for it"),
    exclusionOf: (spore, operator) =>
      blocklist.exclusionOf(spore, operator) ?? keyRefusal(replica.keys, spore, operator),
    log: (level, message, details) => deps.log[level](message, details),
    now: Date.now,
    random: Math.random,
    later,
  });
  if (identity.predecessor !== null) await publishSuccession(keyDesk, identity.predecessor, parts);
  gossip = joinGossip({ ...parts, federation });
  return { gossip, federation, blocklist, keyDesk };
}

/** The key file was taken away and a new one made: whoever trusted the old key is told what stands for it now. */
async function publishSuccession(
  keyDesk: KeyDesk,
  predecessor: PublicKey,
  { config, deps }: NetworkParts,
): Promise<void> {
  const published = await keyDesk.succeed(predecessor);
  if (published.ok) forgetPredecessor(config.dataDir);
  else
    deps.log.warn("the change of this spore's key is not published yet", { reason: published.error.message });
}

/** A key that was revoked, or replaced by a newer one, is nobody to talk with. */
function keyRefusal(keys: KeyHistory, spore: PublicKey, operator: PublicKey): PeerRefusal | null {
  if (keys.isRevoked(spore, operator))
    return { code: "revoked", message: "this key was revoked by its operator" };
  const today = keys.identityOf(spore, operator);
  return today === spore ? null : { code: "revoked", message: `this key was replaced by ${today}` };
}

function joinGossip(parts: NetworkParts & { readonly federation: Federation }): Gossip {
  const { config, networks, identity, storage, deps, federation } = parts;
  const { replica, indexes } = storage;
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
    refusalOf: federation.refusalOf,
    onRefusal: federation.recordRefusal,
    onStrike: parts.onStrike,
    onPeer({ key: id, card, url, state }) {
      federation.onPeer(card);
      // A sibling that has written nothing yet must be known too: its operator may have to revoke it.
      if (card.certificate.operator === identity.certificate.operator)
        replica
          .learnCertificates([card.certificate])
          .catch((cause: unknown) =>
            deps.log.warn("a certificate could not be kept", { cause: String(cause) }),
          );
      deps.hub.publish({ type: "peer", data: { id, name: card.certificate.name, url, state } }, "public");
    },
    ownCard: () => ({
      replica: replica.id,
      url: config.publicUrl,
      role: config.role,
      model: deps.model(),
      version: deps.version,
      dna: DNA_HASH,
      speaks: SPEAKS,
      vouch: federation.ownVouch(),
      place: config.place,
      summary: summaryOf(deps),
    }),
  });
}

/** The peers exchanged with lately, all of them or one by its key; nobody before the network was joined. */
export function peersOf(gossip: () => Gossip | null) {
  return {
    livePeers: () => (gossip()?.peers() ?? []).filter(({ state }) => state === "live"),
    livePeer: (spore: PublicKey) => {
      const peer = gossip()?.peer(spore) ?? null;
      return peer?.state === "live" ? peer : null;
    },
  };
}

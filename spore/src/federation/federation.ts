/**
 * Taking part in a network of strangers, assembled: who is let in (membership), how others join here (join server,
 * invitations), how this spore finds and joins others (bootstrap, join client).
 *
 * Gossip is handed in late, because it asks this part whom it may talk with.
 */
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import {
  type JoinReply,
  type JoinRequest,
  type Membership,
  type Vouch,
  vouchSchema,
} from "@synapse/shared/contract/federation.ts";
import type { PeerCard } from "@synapse/shared/contract/peer-card.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import type { Result } from "@synapse/shared/result.ts";
import type { PeerRefusal } from "../gossip/card-reader.ts";
import type { Gossip } from "../gossip/gossip.ts";
import type { GuardedFetch } from "../gossip/guarded-fetch.ts";
import type { KeyPair } from "../identity/keypair.ts";
import type { Store } from "../replica/store.ts";
import { createAnchors } from "./anchors.ts";
import { type BootstrapLoop, createBootstrap, type SeedSource } from "./bootstrap.ts";
import { DNA } from "./dna.ts";
import { type InvitationState, useInvitation } from "./invitation.ts";
import { createInvites, type Invites, readInvite } from "./invites.ts";
import { createJoin, type Join } from "./join-client.ts";
import { createJoinServer, type JoinError } from "./join-server.ts";
import { createMembership, type MembershipView } from "./membership.ts";
import { createRefusals, type RecordedRefusal, type Refusal } from "./refusals.ts";

export interface FederationDeps {
  readonly certificate: Certificate;
  readonly key: KeyPair;
  readonly store: Pick<Store, "client" | "getMeta" | "setMeta">;
  readonly membership: Membership;
  /** An invitation to start with. */
  readonly invite: string | null;
  readonly sources: readonly SeedSource[];
  readonly fetch: GuardedFetch;
  readonly mayBeCalled: (url: string) => boolean;
  readonly gossip: () => Gossip;
  readonly exclusionOf: (spore: PublicKey, operator: PublicKey) => PeerRefusal | null;
  readonly log: (
    level: "info" | "warn" | "debug",
    message: string,
    details?: Record<string, unknown>,
  ) => void;
  readonly now: () => number;
  readonly random: () => number;
  readonly later: (delayMs: number, run: () => void) => () => void;
}

export interface Federation {
  readonly invites: Invites;
  readonly standingOf: MembershipView["standingOf"];
  readonly refusalOf: MembershipView["refusalOf"];
  readonly ownVouch: () => Vouch | null;
  readonly recordRefusal: (refusal: Refusal) => void;
  /** To be told of each peer that appears: what let a sibling in lets this spore in too. */
  onPeer(card: PeerCard): void;
  /** Answers `POST /federation/join`. @param from whose share it is (http/caller-share.ts) */
  answerJoin(request: JoinRequest, from: string): Promise<Result<JoinReply, JoinError>>;
  start(): Promise<void>;
  stop(): Promise<void>;
  status(): FederationState;
}

export interface FederationState extends ReturnType<BootstrapLoop["status"]> {
  readonly membership: Membership;
  readonly invitation: InvitationState | null;
  readonly vouchedBy: {
    readonly operator: PublicKey;
    readonly name: string;
    readonly expiresAt: number;
  } | null;
  readonly refusals: readonly RecordedRefusal[];
}

const VOUCH_KEY = "vouch";
const LAST_GOOD_KEY = "bootstrap";

export async function openFederation(deps: FederationDeps): Promise<Federation> {
  const { certificate, key, store, now, gossip } = deps;
  let vouch = await loadVouch(deps);
  const ownVouch = () => (vouch !== null && vouch.expires_at > now() ? vouch : null);
  const refusals = createRefusals(now);
  const invite = deps.invite === null ? null : readInvite(deps.invite, now());
  const invitedBy = invite?.ok ? invite.value.by.operator : null;
  const membership = createMembership({
    self: certificate,
    membership: deps.membership,
    now,
    sponsor: () => ownVouch()?.by.operator ?? invitedBy,
    exclusionOf: deps.exclusionOf,
  });
  const invites = createInvites({ client: store.client, key, certificate, now });
  const server = createJoinServer({
    self: certificate.spore,
    ownCard: () => gossip().ownWireCard(),
    readCard: (item) => gossip().readCard(item),
    admitCard: (item) => gossip().admitCard(item),
    refusalOf: membership.refusalOf,
    mayBeCalled: deps.mayBeCalled,
    proveUrl: (url) => gossip().proveUrl(url),
    redeem: invites.redeem,
    tierOf: membership.standingOf,
    nodes: () => gossip().peers().length + 1,
    onRefusal: refusals.record,
    now,
  });
  const join = createJoin({
    fetch: deps.fetch,
    signer: key,
    ownCard: () => gossip().ownKnownCard(),
    readCard: (item) => gossip().readCard(item),
    refusalOf: membership.refusalOf,
  });

  async function keepVouch(given: Vouch): Promise<void> {
    if (!membership.isOwnVouch(given)) return;
    vouch = given;
    await store.setMeta(VOUCH_KEY, JSON.stringify(given));
    gossip().renewCard();
  }

  const invitation = useInvitation({ ...deps, join, ownVouch, keepVouch });
  const bootstrap = joinBootstrap(deps, join, refusals.record);
  const anchors = createAnchors({
    client: store.client,
    enabled: deps.sources.length > 0,
    peers: () => gossip().peers(),
    greet: (seeds) => gossip().addSeeds(seeds),
    warn: (message, details) => deps.log("warn", message, details),
    later: deps.later,
  });

  return {
    invites,
    standingOf: membership.standingOf,
    refusalOf: membership.refusalOf,
    ownVouch,
    recordRefusal: refusals.record,
    onPeer({ certificate: { operator }, vouch: given }) {
      if (operator !== certificate.operator || given === null || ownVouch() !== null) return;
      keepVouch(given).catch((cause: unknown) =>
        deps.log("warn", "a sibling's vouch could not be kept", { cause: String(cause) }),
      );
    },
    answerJoin: server.answer,
    async start() {
      if (deps.sources.length > 0) {
        const through = deps.sources.map(({ name }) => name).join(", ");
        deps.log(
          "info",
          `looks for the network through ${through}; others see this spore's signed card (name, role, model, version, counts, ` +
            "address, declared place) and what is labelled public, never what is cluster or private; BOOTSTRAP_URL=none opts out",
        );
      }
      await anchors.start();
      invitation.start();
      bootstrap.start();
    },
    async stop() {
      await anchors.stop();
      await invitation.stop();
      await bootstrap.stop();
    },
    status: () => ({
      ...bootstrap.status(),
      membership: deps.membership,
      invitation: invitation.state(),
      vouchedBy: shownVouch(ownVouch()),
      refusals: refusals.list(),
    }),
  };
}

function joinBootstrap(deps: FederationDeps, join: Join, record: (refusal: Refusal) => void): BootstrapLoop {
  const { store, gossip } = deps;
  return createBootstrap({
    network: DNA.network,
    sources: deps.sources,
    lastGood: {
      load: () => store.getMeta(LAST_GOOD_KEY),
      save: (text) => store.setMeta(LAST_GOOD_KEY, text),
    },
    async join(target) {
      const result = await join(target);
      if (!result.ok && result.error.kind !== "self" && result.error.kind !== "unreachable") {
        const { kind, code, message } = result.error;
        record({ by: kind === "refused" ? "them" : "us", peer: target.url, code, message });
      }
      return result;
    },
    onJoined({ url, operator }, { tier }) {
      deps.log("info", "joined the network at a seed", { url, tier });
      gossip().addSeeds([{ url, operator }]);
    },
    log: (message, details) => deps.log("debug", message, details),
    now: deps.now,
    random: deps.random,
    later: deps.later,
  });
}

function shownVouch(vouch: Vouch | null): FederationState["vouchedBy"] {
  if (vouch === null) return null;
  return { operator: vouch.by.operator, name: vouch.by.name, expiresAt: vouch.expires_at };
}

/** A damaged one is no reason not to start: without it the spore asks to be let in again. */
async function loadVouch({ store, log }: Pick<FederationDeps, "store" | "log">): Promise<Vouch | null> {
  const text = await store.getMeta(VOUCH_KEY);
  if (text === null) return null;
  const parsed = vouchSchema.safeParse(readJson(text));
  if (parsed.success) return parsed.data;
  log(
    "warn",
    "the stored vouch is damaged and is left out: this spore needs a new invitation, or a sibling's vouch",
  );
  return null;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

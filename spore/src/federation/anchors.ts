/**
 * Peers met before, kept across restarts: whoever was once part of the network finds it again though every seed is gone
 * or in bad hands, and cannot be cut off by a flood of newcomers while it was away.
 *
 * Operational state of this spore. A spore that was told to join no network (`BOOTSTRAP_URL=none`) keeps and uses none.
 */
import type { Client } from "@libsql/client";
import type { PublicKey } from "@synapse/shared/ids.ts";
import type { SeedUrl } from "../gossip/gossip.ts";
import type { PeerView } from "../gossip/node.ts";

export interface AnchorDeps {
  readonly client: Client;
  /** False keeps and uses none. */
  readonly enabled: boolean;
  readonly peers: () => readonly PeerView[];
  readonly greet: (seeds: readonly SeedUrl[]) => void;
  readonly warn: (message: string, details: Readonly<Record<string, unknown>>) => void;
  readonly later: (delayMs: number, run: () => void) => () => void;
}

/** Enough that some are still there after a month. */
const ANCHORS_MAX = 16;
/** No operator holds more of them than this while there are others. */
const PER_OPERATOR_MAX = 4;
const SAVE_MS = 60_000;

/** Live peers that can be called, longest known first, few of each operator. Pure. */
export function chooseAnchors(peers: readonly PeerView[]): SeedUrl[] {
  const callable = peers
    .filter(({ state, url }) => state === "live" && url !== null)
    .sort((a, b) => a.card.certificate.issued_at - b.card.certificate.issued_at);
  const used = new Map<PublicKey, number>();
  const chosen: PeerView[] = [];
  for (const limit of [PER_OPERATOR_MAX, ANCHORS_MAX]) {
    for (const peer of callable) {
      const { operator } = peer.card.certificate;
      const count = used.get(operator) ?? 0;
      if (chosen.length >= ANCHORS_MAX || count >= limit || chosen.includes(peer)) continue;
      chosen.push(peer);
      used.set(operator, count + 1);
    }
  }
  return chosen.map(({ url, card }) => ({ url: url ?? "", operator: card.certificate.operator }));
}

export function createAnchors(deps: AnchorDeps) {
  const { client, enabled } = deps;
  let cancel: () => void = () => undefined;
  let saving: Promise<void> = Promise.resolve();
  let stopped = false;

  async function save(): Promise<void> {
    const anchors = chooseAnchors(deps.peers());
    // Alone is no reason to forget: that is when they are needed.
    if (anchors.length === 0) return;
    await client.batch(
      [
        "DELETE FROM anchors",
        ...anchors.map(({ url, operator }) => ({
          sql: "INSERT INTO anchors (url, operator) VALUES (?, ?)",
          args: [url, operator],
        })),
      ],
      "write",
    );
  }

  /** One after the other, and never a failure: whoever cannot keep peers works on, and stops, all the same. */
  function saveInTurn(): Promise<void> {
    saving = saving
      .then(save)
      .catch((cause: unknown) =>
        deps.warn("peers could not be kept for the next start", { cause: String(cause) }),
      );
    return saving;
  }

  function saveSoon(): void {
    if (stopped) return;
    cancel = deps.later(SAVE_MS, () => void saveInTurn().then(saveSoon));
  }

  return {
    async start(): Promise<void> {
      if (!enabled) return;
      const { rows } = await client.execute("SELECT url, operator FROM anchors");
      deps.greet(rows.map((row) => ({ url: String(row.url), operator: row.operator as PublicKey })));
      saveSoon();
    },
    /** Waits for a save that is under way and makes the last one; nothing is written or planned after it. */
    async stop(): Promise<void> {
      stopped = true;
      cancel();
      if (enabled) await saveInTurn();
    },
  };
}

/**
 * Signed cards of a swarm that does not exist, as large as wanted: to show a real spore a network of a thousand through
 * its own front door (`put` into the card scope), and with it whoever reads `/api/swarm`. The keys are simulated, the
 * signatures real; names say `simulated-`.
 */
import { hash } from "node:crypto";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import { ROLES } from "@synapse/shared/contract/entry.ts";
import { CARD_LIFETIME_MS } from "@synapse/shared/contract/peer-card.ts";
import { type Incarnation, toReplicaId } from "@synapse/shared/ids.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import { DNA_HASH, SPEAKS } from "@synapse/spore/federation/dna.ts";
import type { Item } from "@synapse/spore/gossip/wire.ts";
import { issueCertificate } from "@synapse/spore/identity/certificate.ts";
import { keyPairOfSeed } from "../support/test-keys.ts";
import { streamOf } from "./random.ts";

const MODELS = ["llama-3.3-70b", "qwen3-4b", "gemma-3-27b", "gpt-oss-120b", "extractive"];
const NEIGHBOURS = 6;
const SPORES_PER_OPERATOR = 7;
const PLACES = [
  { name: "Reykjavík", latitude: 64.1, longitude: -21.9 },
  { name: "Nairobi", latitude: -1.3, longitude: 36.8 },
  { name: "Lima", latitude: -12, longitude: -77 },
  { name: "Osaka", latitude: 34.7, longitude: 135.5 },
  { name: "Toronto", latitude: 43.7, longitude: -79.4 },
] as const;

/** @param now the card's time of issue, ms; a card lives for a day. */
export function swarmCards(count: number, now: number, seed = 1): Item[] {
  const random = streamOf(seed, "cards");
  const keyOf = (what: string, index: number) =>
    keyPairOfSeed(hash("sha256", `simulated card ${what} ${seed} ${index}`, "hex"));
  const keys = Array.from({ length: count }, (_, index) => keyOf("spore", index));
  const operators = Array.from({ length: Math.ceil(count / SPORES_PER_OPERATOR) }, (_, index) =>
    keyOf("operator", index),
  );
  return keys.map((key, index) => {
    const operator = operators[Math.floor(index / SPORES_PER_OPERATOR)] ?? key;
    const name = `simulated-${index}`;
    const text = canonicalJson({
      v: 1,
      certificate: issueCertificate(operator, { spore: key, name, issuedAt: 1 }),
      replica: toReplicaId(key.publicKey, "0011223344556677" as Incarnation),
      url: `https://${name}.example`,
      role: ROLES[index % ROLES.length] ?? "explorer",
      model: MODELS[index % MODELS.length] ?? "extractive",
      version: "0.1.0",
      dna: DNA_HASH,
      speaks: SPEAKS,
      vouch: null,
      place: index % 3 === 0 ? (PLACES[index % PLACES.length] ?? null) : null,
      summary: {
        memories: Math.floor(random() * 100_000),
        cycles: Math.floor(random() * 10_000),
        active_tasks: Math.floor(random() * 4),
        converged_tasks: Math.floor(random() * 500),
        confidence: random(),
        last_provider: null,
        last_model: null,
        peers: NEIGHBOURS,
        uptime_s: Math.floor(random() * 1_000_000),
      },
      neighbours: Array.from(
        { length: Math.min(NEIGHBOURS, count - 1) },
        () => keys[Math.floor(random() * count)]?.publicKey ?? key.publicKey,
      ),
      issued_at: now,
      expires_at: now + CARD_LIFETIME_MS,
    });
    return [text, key.sign(signingBytes("card", hash("sha256", text, "hex")))] satisfies Item;
  });
}

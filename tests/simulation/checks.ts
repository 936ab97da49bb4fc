/** Cards and signatures are checked once for all spores of a run: what they are worth depends on their bytes alone. */
import { signingBytes } from "@synapse/shared/signing.ts";
import { createCardReader, type ReadCard } from "@synapse/spore/gossip/card-reader.ts";
import { verifySignature } from "@synapse/spore/identity/signature.ts";
import type { SporeWorld } from "./simulated-spore.ts";

export function createChecks(): {
  readonly readCard: ReadCard;
  readonly verifyMany: SporeWorld["verifyMany"];
} {
  const cards = new Map<string, ReturnType<ReadCard>>();
  const genuine = new Map<string, boolean>();
  const read = createCardReader(verifySignature);
  return {
    readCard: (item) => remembered(cards, `${item.text}${item.signature}`, () => read(item)),
    verifyMany: async (domain, checks) =>
      checks.map(({ publicKey, digest, signature }) =>
        remembered(genuine, `${domain} ${publicKey} ${digest} ${signature}`, () =>
          verifySignature(publicKey, signingBytes(domain, digest), signature),
        ),
      ),
  };
}

function remembered<T>(known: Map<string, T>, name: string, find: () => T): T {
  const held = known.get(name);
  if (held !== undefined) return held;
  const found = find();
  known.set(name, found);
  return found;
}

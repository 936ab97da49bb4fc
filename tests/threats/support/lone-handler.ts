/** The answering end of gossip by itself, on a clock of the test's own. */
import { createCardReader, sealCard } from "@synapse/spore/gossip/card-reader.ts";
import { createGossipHandler, type HandlerDeps } from "@synapse/spore/gossip/handler.ts";
import { createKeyPair } from "@synapse/spore/identity/keypair.ts";
import { verifySignature } from "@synapse/spore/identity/signature.ts";
import { GossipClient } from "../../support/gossip-client.ts";

/** @param changes what the test looks at; the rest knows nobody, refuses nobody and costs nothing */
export function loneHandler(changes: Partial<HandlerDeps> = {}) {
  const signer = createKeyPair();
  const [text, signature] = new GossipClient().card();
  let now = Date.now();
  const handle = createGossipHandler({
    signer,
    verify: verifySignature,
    operator: createKeyPair().publicKey,
    keyOf: () => null,
    certificateOf: () => null,
    isQuarantined: () => false,
    ownCard: () => sealCard(text, signature),
    isOwnUrl: () => true,
    checkCard: createCardReader(verifySignature),
    onRefusal: () => undefined,
    onGreetingTime: () => undefined,
    admitCard: () => undefined,
    heard: () => undefined,
    answer: async () => {
      throw new Error("nothing is asked here");
    },
    now: () => now,
    cpuMs: () => 0,
    onTraffic: () => undefined,
    log: () => undefined,
    ...changes,
  });
  return { handle, key: signer.publicKey, pass: (ms: number) => (now += ms) };
}

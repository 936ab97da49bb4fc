/** A newcomer that a test drives by hand through `POST /federation/join`, honestly or not. */
import type { JoinRequest } from "@synapse/shared/contract/federation.ts";
import { sha256Hex } from "@synapse/shared/hash.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { joinMessage } from "@synapse/spore/federation/join-proof.ts";
import type { KeyPair } from "@synapse/spore/identity/keypair.ts";
import { GossipClient } from "./gossip-client.ts";

export interface JoinAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export type JoinOptions = Pick<JoinRequest, "invite" | "reach"> & { readonly signer?: KeyPair };

export class Joiner {
  readonly client = new GossipClient();
  readonly card: { readonly text: string; readonly signature: string };

  /** @param changes members of the card that differ from an ordinary one's. */
  constructor(changes: Record<string, unknown> = {}) {
    const [text, signature] = this.client.card(changes);
    this.card = { text, signature };
  }

  get key(): KeyPair {
    return this.client.key;
  }

  ask(url: string, options: JoinOptions = {}): Promise<JoinAnswer> {
    const { signer: _, ...members } = options;
    return post(url, { card: this.card, ...members });
  }

  answer(url: string, challenge: Record<string, unknown>, options: JoinOptions = {}): Promise<JoinAnswer> {
    const { signer = this.key, ...members } = options;
    const nonce = String(challenge.nonce);
    const audience = challenge.audience as PublicKey;
    const message = joinMessage({ audience, card: sha256Hex(this.card.text), invite: options.invite, nonce });
    return post(url, { card: this.card, ...members, proof: { nonce, signature: signer.sign(message) } });
  }

  /** Both steps; the first refusal, if there is one. */
  async join(url: string, options: JoinOptions = {}): Promise<JoinAnswer> {
    const asked = await this.ask(url, options);
    return asked.status === 200 ? await this.answer(url, asked.body, options) : asked;
  }
}

async function post(url: string, request: unknown): Promise<JoinAnswer> {
  const reply = await fetch(`${url}/federation/join`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
}

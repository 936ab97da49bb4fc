/** A peer that a test drives by hand: honest signatures around whatever body the test wants to send. */
import { hash, randomBytes } from "node:crypto";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import { encodeBody } from "@synapse/spore/gossip/body.ts";
import {
  type HeaderForm,
  REQUEST_LIFETIME_MS,
  signRequest,
} from "@synapse/spore/gossip/request-signature.ts";
import type { Item } from "@synapse/spore/gossip/wire.ts";
import { issueCertificate } from "@synapse/spore/identity/certificate.ts";
import { createKeyPair, type KeyPair } from "@synapse/spore/identity/keypair.ts";
import { cardDraft } from "./card-draft.ts";
import type { TestSpore } from "./swarm.ts";

/** A spore as its callers know it. */
export interface Callee {
  readonly url: string;
  readonly key: { readonly publicKey: string };
}

export async function calleeOf(spore: TestSpore): Promise<Callee> {
  return { url: spore.url, key: { publicKey: (await spore.health()).key } };
}

export interface SendOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly audience?: string;
  readonly expiresAt?: number;
  readonly nonce?: string;
  readonly signer?: KeyPair;
  /** The whole form without it. The brief one comes without a content-type. */
  readonly form?: HeaderForm;
}

export class GossipClient {
  readonly key = createKeyPair();
  readonly operator: KeyPair;
  readonly certificate: Certificate;

  constructor(operator: KeyPair = createKeyPair()) {
    this.operator = operator;
    this.certificate = issueCertificate(operator, { spore: this.key, name: "client", issuedAt: 1 });
  }

  card(changes: Record<string, unknown> = {}): Item {
    const now = Date.now();
    const text = canonicalJson({
      v: 1,
      certificate: this.certificate,
      ...cardDraft(this.key.publicKey, null),
      neighbours: [],
      issued_at: now,
      expires_at: now + 60_000,
      ...changes,
    });
    return [text, this.key.sign(signingBytes("card", hash("sha256", text, "hex")))];
  }

  hello(node: Callee, card: Item = this.card()): Promise<Response> {
    return this.send(node, "hello", { v: 1, url: node.url, card }, { audience: node.url });
  }

  /** What a first call to a URL consists of, for a test that sends it itself. */
  greeting(url: string): {
    readonly body: Uint8Array<ArrayBuffer>;
    readonly headers: Readonly<Record<string, string>>;
  } {
    const { bytes: body } = encodeBody({ v: 1, url, card: this.card() }, false);
    return { body, headers: this.headers("hello", body, url) };
  }

  /** A call to a spore's key, for a test that hands it to the handler itself. */
  call(to: PublicKey, origin: string, kind: string, message: object): Request {
    const { bytes: body } = encodeBody(message, false);
    const headers = this.headers(kind, body, to);
    return new Request(`${origin}/gossip/${kind}`, { method: "POST", headers, body });
  }

  send(node: Callee, kind: string, message: object, options: SendOptions = {}): Promise<Response> {
    return this.sendBytes(node, kind, encodeBody(message, false).bytes, options);
  }

  sendBytes(
    node: Callee,
    kind: string,
    body: Uint8Array<ArrayBuffer>,
    options: SendOptions = {},
  ): Promise<Response> {
    const { method = "POST", audience = node.key.publicKey } = options;
    return fetch(`${node.url}/gossip/${kind}`, {
      method,
      headers: this.headers(kind, body, audience, options),
      ...(method === "POST" ? { body } : {}),
    });
  }

  private headers(
    kind: string,
    body: Uint8Array<ArrayBuffer>,
    audience: string,
    options: SendOptions = {},
  ): Record<string, string> {
    const { method = "POST", signer = this.key, form = "whole" } = options;
    const expiresAt = options.expiresAt ?? Date.now() + REQUEST_LIFETIME_MS;
    const nonce = options.nonce ?? randomBytes(12).toString("base64url");
    const facts = { audience, method, path: `/gossip/${kind}`, body };
    const synapse = signRequest(facts, signer, expiresAt, nonce, form);
    const type: Record<string, string> = form === "whole" ? { "content-type": "application/cbor" } : {};
    return { ...type, synapse, ...options.headers };
  }
}

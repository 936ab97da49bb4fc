/**
 * What the HTTP handler does with a peer's message once its signature is checked, for carriers that are not HTTP: the
 * simulator's network, and Maelstrom's. The order of the checks is the handler's.
 */
import type { PublicKey } from "@synapse/shared/ids.ts";
import { decodeBody, type EncodedBody } from "@synapse/spore/gossip/body.ts";
import type { GossipNode } from "@synapse/spore/gossip/node.ts";
import {
  type Kind,
  REQUEST_BYTES_MAX,
  type Reply,
  type Request_,
  requestSchemas,
  toItem,
} from "@synapse/spore/gossip/wire.ts";

export interface Answering {
  readonly node: GossipNode;
  readonly self: PublicKey;
  readonly now: number;
  readonly steady: number;
}

/** The reply, or the status that HTTP would have. */
export type PeerAnswer = { readonly reply: object } | { readonly status: 400 | 401 | 403 | 429 };

const STATUS = { forbidden: 403, invalid: 400, busy: 429 } as const;

export async function answerPeer(
  { node, self, now, steady }: Answering,
  from: PublicKey,
  kind: Kind,
  body: EncodedBody,
): Promise<PeerAnswer> {
  if (node.protocol.peers.isQuarantined(from, steady)) return { status: 403 };
  const decoded = decodeBody(body.bytes, body.encoding, REQUEST_BYTES_MAX, requestSchemas[kind]);
  if (!decoded.ok) return { status: 400 };
  if (kind === "hello") {
    const [text, signature] = (decoded.value as Request_<"hello">).card;
    const known = node.cards.checkWelcome({ text, signature }, now);
    const own = node.cards.get(self);
    if (!known.ok || own === undefined || known.value.card.certificate.spore !== from) return { status: 401 };
    node.admitCard({ text, signature });
    node.heard(from);
    return { reply: { card: toItem(own.wire), at: now } satisfies Reply<"hello"> };
  }
  const certificate = node.cards.get(from)?.card.certificate;
  if (certificate === undefined) return { status: 401 };
  const answered = await node.answer(certificate, kind, decoded.value as never);
  if (!answered.ok) return { status: STATUS[answered.error.kind] };
  node.heard(from);
  return { reply: answered.value };
}

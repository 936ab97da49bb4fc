/**
 * The network between simulated spores. Messages are the product's own bytes (CBOR, gzip, schemas): encoded, carried
 * with a delay, lost, doubled or overtaken, and decoded again. A call ends as over HTTP: with a reply, a refusal, or the
 * caller's time limit. Signatures of requests are left out (the link names its ends truthfully), all others are real.
 *
 * Loss means the whole message: the caller waits for its time limit. TCP would send again and turn most of it into
 * delay, so the simulation is harsher than a real lossy link.
 */
import type { PublicKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { decodeBody, type EncodedBody, encodeBody } from "@synapse/spore/gossip/body.ts";
import type { CallError, Network } from "@synapse/spore/gossip/exchanges.ts";
import {
  callTimeoutMs,
  type Kind,
  REPLY_BYTES_MAX,
  type Reply,
  type Request_,
  replySchemas,
  SCOPES,
  toItem,
  WIRE_VERSION,
} from "@synapse/spore/gossip/wire.ts";
import { answerPeer } from "../support/peer-answer.ts";
import type { Faults } from "./faults.ts";
import type { SimulatedSpore } from "./simulated-spore.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface NetworkDeps {
  readonly time: VirtualTime;
  readonly faults: Faults;
  readonly sporeAt: (url: string) => SimulatedSpore | undefined;
  /** What a hostile spore answers in place of its honest reply. */
  readonly replyOf: <K extends Kind>(by: SimulatedSpore, kind: K, reply: Reply<K>) => Reply<K>;
  /** A spore threw while it answered: no input may make it. */
  readonly onThrow: (by: SimulatedSpore, cause: unknown) => void;
  /** Every message that arrives somewhere, before it is answered or used. */
  readonly onMessage: (message: Carried) => void;
}

export interface Carried {
  readonly from: SimulatedSpore;
  readonly to: SimulatedSpore;
  readonly kind: Kind;
  readonly isReply: boolean;
  readonly bytes: number;
  readonly value: object;
  /** It compares or carries peer cards. */
  readonly ofCards: boolean;
}

/** How many calls a spore has under way in one life of its process. */
interface CallsOfLife {
  readonly life: number;
  count: number;
}

interface Session {
  readonly key: PublicKey;
  readonly at: number;
}

type Answer =
  | { readonly body: EncodedBody; readonly value: object }
  | { readonly status: 400 | 401 | 403 | 429 };

/** As in the HTTP transport. */
const SESSION_MS = 5 * 60_000;
const COMPRESSIBLE: ReadonlySet<Kind> = new Set(["hello", "put", "log", "certificates", "want"]);

export class VirtualNetwork {
  readonly traffic = { calls: 0, messages: 0, bytes: 0, lost: 0 };
  private readonly calls = new Map<SimulatedSpore, CallsOfLife>();
  private readonly deps: NetworkDeps;

  constructor(deps: NetworkDeps) {
    this.deps = deps;
  }

  /** Calls under way. Those of an earlier life ended with its process, and nobody waits for them. */
  underWay(spore: SimulatedSpore): number {
    const held = this.calls.get(spore);
    return held?.life === spore.life ? held.count : 0;
  }

  /** The network as one spore sees it, for one life of it. */
  of(from: SimulatedSpore): Network {
    const life = from.life;
    const sessions = new Map<string, Session>();
    const isAlive = () => from.life === life && from.isUp;

    const hello = async (url: string): Promise<Result<PublicKey, CallError>> => {
      const card = from.node?.cards.get(from.publicKey)?.wire;
      if (card === undefined) return err(failure("unreachable", "not started"));
      const reply = await this.exchange(from, isAlive, url, "hello", {
        v: WIRE_VERSION,
        url,
        card: toItem(card),
      });
      if (!reply.ok) return reply;
      const [text, signature] = reply.value.card;
      const known = from.node?.cards.check({ text, signature }, from.now());
      if (!known?.ok) return err(failure("invalid_reply", "an invalid card"));
      from.node?.admitCard({ text, signature });
      const key = known.value.card.certificate.spore;
      sessions.set(url, { key, at: this.deps.time.now });
      return ok(key);
    };

    const call = async <K extends Kind>(
      peer: PublicKey,
      url: string,
      kind: K,
      message: Request_<K>,
    ): Promise<Result<Reply<K>, CallError>> => {
      for (let attempt = 0; ; attempt++) {
        const held = sessions.get(url);
        if (held === undefined || this.deps.time.now - held.at > SESSION_MS) {
          const greeted = await hello(url);
          if (!greeted.ok) return greeted;
        }
        if (sessions.get(url)?.key !== peer) return err(failure("wrong_key", "another spore answers"));
        const reply = await this.exchange(from, isAlive, url, kind, message);
        if (reply.ok || reply.error.status !== 401 || attempt > 0) return reply;
        sessions.delete(url);
      }
    };
    return { hello, call };
  }

  private callsOf(spore: SimulatedSpore): CallsOfLife {
    const held = this.calls.get(spore);
    if (held?.life === spore.life) return held;
    const calls = { life: spore.life, count: 0 };
    this.calls.set(spore, calls);
    return calls;
  }

  private async exchange<K extends Kind>(
    from: SimulatedSpore,
    isAlive: () => boolean,
    url: string,
    kind: K,
    message: Request_<K>,
  ): Promise<Result<Reply<K>, CallError & { status?: number }>> {
    const { time } = this.deps;
    this.traffic.calls++;
    const calls = this.callsOf(from);
    calls.count++;
    const to = this.deps.sporeAt(url);
    const request = encodeBody(message, COMPRESSIBLE.has(kind));
    const answer = await new Promise<Answer | null>((resolve) => {
      const settle = (value: Answer | null) => {
        if (isAlive()) resolve(value);
      };
      time.schedule(time.now + callTimeoutMs(kind, request.bytes.byteLength), () => settle(null));
      if (to === undefined) return;
      const about = { kind, ofCards: SCOPES[(message as { in?: number }).in ?? 0] === "card" };
      this.carry(from, to, request, { ...about, isReply: false, value: message }, () => {
        // A process that is gone: its machine refuses the connection.
        if (!to.isUp) return this.carryBack(from, to, () => settle(null));
        const { life } = to;
        const answered = this.answer(from, to, kind, request).catch((cause: unknown): Answer => {
          this.deps.onThrow(to, cause);
          return { status: 400 };
        });
        void answered.then((reply) => {
          if (to.life !== life || !to.isUp) return;
          if ("status" in reply) return this.carryBack(from, to, () => settle(reply));
          this.carry(to, from, reply.body, { ...about, isReply: true, value: reply.value }, () =>
            settle(reply),
          );
        });
      });
    });
    calls.count--;
    if (answer === null) return err(failure("unreachable", "no answer"));
    if ("status" in answer) {
      return err({ ...failure("refused", `status ${answer.status}`), status: answer.status });
    }
    const decoded = decodeBody(answer.body.bytes, answer.body.encoding, REPLY_BYTES_MAX, replySchemas[kind]);
    return decoded.ok ? ok(decoded.value as Reply<K>) : err(failure("invalid_reply", decoded.error.message));
  }

  private async answer(
    from: SimulatedSpore,
    to: SimulatedSpore,
    kind: Kind,
    body: EncodedBody,
  ): Promise<Answer> {
    const { node } = to;
    if (node === null) return { status: 403 };
    const times = { now: to.now(), steady: this.deps.time.now };
    const answer = await answerPeer({ node, self: to.publicKey, ...times }, from.publicKey, kind, body);
    if ("status" in answer) return answer;
    const said = this.deps.replyOf(to, kind, answer.reply as never) as object;
    return { body: encodeBody(said, COMPRESSIBLE.has(kind)), value: said };
  }

  private carry(
    from: SimulatedSpore,
    to: SimulatedSpore,
    body: EncodedBody,
    about: Pick<Carried, "kind" | "isReply" | "value" | "ofCards">,
    arrive: () => void,
  ): void {
    const { time, faults } = this.deps;
    const bytes = body.bytes.byteLength;
    this.traffic.messages++;
    this.traffic.bytes += bytes;
    const delays = faults.delaysMs(from, to, bytes);
    if (delays.length === 0) this.traffic.lost++;
    for (const delay of delays) {
      time.schedule(time.now + delay, () => {
        this.deps.onMessage({ from, to, bytes, ...about });
        arrive();
      });
    }
  }

  /** A refusal: a few bytes, whose loss looks like any other. */
  private carryBack(to: SimulatedSpore, from: SimulatedSpore, arrive: () => void): void {
    const { time, faults } = this.deps;
    const [delay] = faults.delaysMs(from, to, 0);
    if (delay !== undefined) time.schedule(time.now + delay, arrive);
  }
}

function failure(kind: CallError["kind"], message: string): CallError {
  return { kind, message, retryAfterMs: null };
}

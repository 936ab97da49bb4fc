/**
 * Calls to peers over HTTP(S): admits the URL, proves who answers, signs, sends, and believes only signed replies.
 *
 * Invariants:
 * 1. The connection goes to the address that was judged (peer-url.ts), TLS checks the name, redirects are not followed.
 * 2. No credential is ever sent: the one header of our own is a signature that is good for one request to one key.
 * 3. A `cluster` entry is put only where the key has proven itself within PROOF_MS.
 * 4. Every call ends: by reply, failure or time limit.
 */
import { randomBytes } from "node:crypto";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { PeerCard } from "@synapse/shared/contract/peer-card.ts";
import { errorSchema } from "@synapse/shared/contract/status.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { decodeBody, encodeBody, readCapped } from "./body.ts";
import {
  type CardError,
  genuineCard,
  type KnownCard,
  type RefusedGreeting,
  UNTIMELY,
  type WireCard,
} from "./card-reader.ts";
import type { CallError, Network } from "./exchanges.ts";
import {
  type AdmittedUrl,
  admitPeerUrl,
  type PeerUrlPolicy,
  parsePeerUrl,
  type Resolve,
} from "./peer-url.ts";
import type { UntrustedItem } from "./replica-port.ts";
import {
  checkReply,
  type HeaderForm,
  REQUEST_LIFETIME_MS,
  SIGNATURE_HEADER,
  type Signer,
  signRequest,
  type Verify,
} from "./request-signature.ts";
import {
  BRIEF_SINCE,
  callTimeoutMs,
  type Kind,
  REPLY_BYTES_MAX,
  type Reply,
  type Request_,
  replySchemas,
  scopeFromWire,
  toItem,
  WIRE_VERSION,
} from "./wire.ts";

export interface TransportDeps {
  readonly signer: Signer;
  readonly verify: Verify;
  readonly policy: PeerUrlPolicy;
  readonly resolve: Resolve;
  readonly ownCard: () => WireCard;
  /** A genuine card, whoever's it is. */
  readonly readCard: (item: UntrustedItem) => Result<KnownCard, CardError>;
  /** A genuine card of a spore that is talked with. */
  readonly checkCard: (item: UntrustedItem) => Result<KnownCard, CardError>;
  /** The version of gossip that the spore of a card and this one agree on. */
  readonly agreedVersion: (card: PeerCard) => number;
  /** The operator that a list names for this origin; null where none does. */
  readonly operatorAt: (origin: string) => PublicKey | null;
  readonly onRefusal: (refusal: RefusedGreeting) => void;
  /** Who answers at this origin tells its time; no certificate: unsigned, and so nobody in particular. */
  readonly onTime: (certificate: Certificate | null, origin: string, theirs: number) => void;
  readonly admitCard: (item: UntrustedItem) => void;
  readonly now: () => number;
  readonly onTraffic: (sentBytes: number, receivedBytes: number) => void;
}

/** What was proven about a URL. */
interface Session {
  readonly key: PublicKey;
  readonly target: AdmittedUrl;
  readonly admittedAt: number;
  /** Add to the own clock to get the peer's. */
  readonly clockOffsetMs: number;
  readonly version: number;
  form: HeaderForm;
  provenAt: number;
}

type Failure = CallError & {
  readonly status?: number;
  readonly code?: string;
  /** The time on a refusal, ms; unsigned. */
  readonly theirs?: number;
};

const PROOF_MS = 60_000;
/** Names are resolved again after this: addresses move. */
const ADMISSION_MS = 5 * 60_000;
const SESSIONS_MAX = 5_000;
/** Bodies of hashes do not shrink. */
const INCOMPRESSIBLE: ReadonlySet<Kind> = new Set([
  "compare",
  "sketch",
  "descend",
  "want",
  "announce",
  "listen",
]);

/** Some hosts turn away callers that name no program; none needs to know which runtime this one has, and what version. */
const USER_AGENT = "spore";
/** Before anything is known of a peer: what every version reads. */
const GREETING = { clockOffsetMs: 0, version: 1, form: "whole" } as const;
/** Answered by up to a megabyte: worth naming the better coding, which small calls save the bytes of. */
const BULKY: ReadonlySet<Kind> = new Set(["want", "log"]);

export class HttpTransport implements Network {
  private readonly deps: TransportDeps;
  private readonly sessions = new Map<string, Session>();
  private readonly greetings = new Map<string, Promise<Result<Session, Failure>>>();
  private readonly closing = new AbortController();

  constructor(deps: TransportDeps) {
    this.deps = deps;
  }

  close(): void {
    this.closing.abort();
  }

  async hello(url: string): Promise<Result<PublicKey, CallError>> {
    const session = await this.greet(url);
    return session.ok ? ok(session.value.key) : session;
  }

  /** Who answers at a URL, welcome or not. Nothing is kept. */
  async prove(url: string): Promise<Result<PublicKey, CallError>> {
    const proven = await this.meet(url);
    return proven.ok ? ok(proven.value.session.key) : proven;
  }

  async call<K extends Kind>(
    peer: PublicKey,
    url: string,
    kind: K,
    message: Request_<K>,
  ): Promise<Result<Reply<K>, CallError>> {
    const isClusterPut = kind === "put" && "in" in message && scopeFromWire(message.in) === "cluster";
    for (let attempt = 0; ; attempt++) {
      const session = await this.session(url, isClusterPut ? PROOF_MS : ADMISSION_MS);
      if (!session.ok) return session;
      if (session.value.key !== peer) {
        return err({ kind: "wrong_key", message: `another spore answers at ${url}`, retryAfterMs: null });
      }
      // Whatever was wrong with the name (the peer restarted, or knows another key that begins so), this one is ours alone.
      if (attempt > 0) session.value.form = "whole";
      const result = await this.callSession(session.value, kind, message);
      if (result.ok) return result;
      // It does not know us (restarted) or our idea of its clock is off: greet once more, then believe it.
      if (result.error.status !== 401 || attempt > 0) return result;
      this.sessions.delete(session.value.target.origin);
    }
  }

  private async callSession<K extends Kind>(
    session: Session,
    kind: K,
    message: Request_<K>,
  ): Promise<Result<Reply<K>, Failure>> {
    const result = await this.exchange(session.target, kind, message, session.key, session);
    if (!result.ok) return result;
    const { reply, header, signature } = result.value;
    if (!checkReply(header, reply.bytes, signature, session.key, this.deps.verify)) {
      this.sessions.delete(session.target.origin);
      return err(invalidReply("the reply is not signed by the peer"));
    }
    session.provenAt = this.deps.now();
    return decodeReply(kind, reply);
  }

  private async session(url: string, proofMs: number): Promise<Result<Session, Failure>> {
    const parsed = parsePeerUrl(url);
    if (!parsed.ok) return err({ ...parsed.error, kind: "not_admitted", retryAfterMs: null });
    const held = this.sessions.get(parsed.value.origin);
    const now = this.deps.now();
    if (held && now - held.provenAt <= proofMs && now - held.admittedAt <= ADMISSION_MS) return ok(held);
    return this.greet(url);
  }

  /** One greeting per URL at a time, however many calls wait for it. */
  private greet(url: string): Promise<Result<Session, Failure>> {
    const held = this.greetings.get(url);
    if (held !== undefined) return held;
    const greeting = this.greetNow(url).finally(() => this.greetings.delete(url));
    this.greetings.set(url, greeting);
    return greeting;
  }

  private async greetNow(url: string): Promise<Result<Session, Failure>> {
    const { deps } = this;
    const met = await this.meet(url);
    if (!met.ok) {
      const { status, code, message } = met.error;
      if (status === 403 || status === 409 || code === UNTIMELY)
        deps.onRefusal({ by: status === undefined ? "us" : "them", peer: url, code: code ?? "", message });
      return met;
    }
    const { session, item } = met.value;
    const { origin } = session.target;
    const known = deps.checkCard(item);
    if (!known.ok) {
      if (known.error.kind === "refused") deps.onRefusal({ by: "us", peer: origin, ...known.error.refusal });
      return err({ kind: "not_welcome", message: known.error.message, retryAfterMs: null });
    }
    const { operator } = known.value.card.certificate;
    const expected = deps.operatorAt(origin);
    if (expected !== null && operator !== expected) {
      const message = `a spore of operator ${operator} answers there, the list names ${expected}`;
      deps.onRefusal({ by: "us", peer: origin, code: "wrong_operator", message });
      return err({ kind: "not_welcome", message, retryAfterMs: null });
    }
    if (this.sessions.size >= SESSIONS_MAX) this.sessions.clear();
    this.sessions.set(origin, session);
    deps.admitCard(item);
    return ok(session);
  }

  /** The greeting itself: the reply proves which key answers at the URL that was dialled. */
  private async meet(
    url: string,
  ): Promise<Result<{ readonly session: Session; readonly item: UntrustedItem }, Failure>> {
    const { deps } = this;
    const target = await admitPeerUrl(url, deps.policy, deps.resolve);
    if (!target.ok) {
      const kind = target.error.kind === "unresolvable" ? "unreachable" : "not_admitted";
      return err({ kind, message: target.error.message, retryAfterMs: null });
    }
    const { origin } = target.value;
    const message = { v: WIRE_VERSION, url: origin, card: toItem(deps.ownCard()) } as const;
    const result = await this.exchange(target.value, "hello", message, origin, GREETING);
    if (!result.ok) {
      const { code, theirs } = result.error;
      if (code === UNTIMELY && theirs !== undefined) deps.onTime(null, origin, theirs);
      return result;
    }
    const { reply, header, signature } = result.value;
    const decoded = decodeReply("hello", reply);
    if (!decoded.ok) return decoded;
    const [text, cardSignature] = decoded.value.card;
    const item = { text, signature: cardSignature };
    const known = deps.readCard(item);
    const genuine = genuineCard(known);
    const problemOf = ({ message }: CardError) => invalidReply(`the card at ${origin}: ${message}`);
    if (!genuine.ok) return err(problemOf(genuine.error));
    const { card } = genuine.value;
    const { certificate } = card;
    const key = certificate.spore;
    if (!checkReply(header, reply.bytes, signature, key, deps.verify)) {
      return err(invalidReply(`${origin} does not hold the key it shows`));
    }
    deps.onTime(certificate, origin, decoded.value.at);
    if (!known.ok) return err({ ...problemOf(known.error), code: UNTIMELY });
    const now = deps.now();
    const version = deps.agreedVersion(card);
    const session: Session = {
      key,
      target: target.value,
      admittedAt: now,
      clockOffsetMs: decoded.value.at - now,
      version,
      form: version >= BRIEF_SINCE ? "brief" : "whole",
      provenAt: now,
    };
    return ok({ session, item });
  }

  private async exchange(
    target: AdmittedUrl,
    kind: Kind,
    message: object,
    audience: string,
    { clockOffsetMs, version, form }: Pick<Session, "clockOffsetMs" | "version" | "form">,
  ): Promise<Result<{ reply: RawReply; header: string; signature: string | null }, Failure>> {
    const { deps } = this;
    const path = `/gossip/${kind}`;
    const coding = version >= BRIEF_SINCE ? "zstd" : "gzip";
    const body = encodeBody(message, !INCOMPRESSIBLE.has(kind), coding);
    const expiresAt = Math.max(0, Math.round(deps.now() + clockOffsetMs)) + REQUEST_LIFETIME_MS;
    const nonce = randomBytes(12).toString("base64url");
    const facts = { audience, method: "POST", path, body: body.bytes };
    const header = signRequest(facts, deps.signer, expiresAt, nonce, form);
    const headers: Record<string, string> = {
      host: target.host,
      "user-agent": USER_AGENT,
      [SIGNATURE_HEADER]: header,
    };
    if (form === "whole") headers["content-type"] = "application/cbor";
    if (body.encoding !== null) headers["content-encoding"] = body.encoding;
    if (BULKY.has(kind)) headers["accept-encoding"] = "zstd, gzip";
    const timeoutMs = callTimeoutMs(kind, body.bytes.byteLength);
    const signal = AbortSignal.any([this.closing.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const response = await fetch(target.addressOrigin + path, {
        method: "POST",
        headers,
        body: body.bytes,
        redirect: "manual",
        decompress: false,
        signal,
        ...(target.origin.startsWith("https:") ? { tls: { serverName: target.hostname } } : {}),
      });
      const bytes = await readCapped(response.body, REPLY_BYTES_MAX);
      deps.onTraffic(
        body.bytes.byteLength + header.length,
        bytes.ok ? bytes.value.byteLength : REPLY_BYTES_MAX,
      );
      if (response.status !== 200) return err(refusal(response, bytes.ok ? bytes.value : null));
      if (!bytes.ok) return err(invalidReply(bytes.error.message));
      const reply = { bytes: bytes.value, encoding: response.headers.get("content-encoding") };
      return ok({ reply, header, signature: response.headers.get(SIGNATURE_HEADER) });
    } catch (cause) {
      deps.onTraffic(body.bytes.byteLength + header.length, 0);
      const message = cause instanceof Error ? cause.message : String(cause);
      return err({ kind: "unreachable", message, retryAfterMs: null });
    }
  }
}

interface RawReply {
  readonly bytes: Uint8Array;
  readonly encoding: string | null;
}

function decodeReply<K extends Kind>(kind: K, reply: RawReply): Result<Reply<K>, Failure> {
  const decoded = decodeBody(reply.bytes, reply.encoding, REPLY_BYTES_MAX, replySchemas[kind]);
  return decoded.ok ? ok(decoded.value as Reply<K>) : err(invalidReply(decoded.error.message));
}

function refusal(response: Response, body: Uint8Array | null): Failure {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  const { code, message } = statedError(body);
  const theirs = Date.parse(response.headers.get("date") ?? "");
  return {
    kind: "refused",
    status: response.status,
    ...(code === null ? {} : { code }),
    ...(Number.isNaN(theirs) ? {} : { theirs }),
    message: `the peer answers with status ${response.status}${message === null ? "" : `: ${message}`}`,
    retryAfterMs: response.status === 429 && seconds >= 0 ? Math.min(seconds, 3_600) * 1_000 : null,
  };
}

/** The reason that a peer gives, as far as it has the usual form; a stranger's words, cut and on one line. */
function statedError(body: Uint8Array | null): {
  readonly code: string | null;
  readonly message: string | null;
} {
  try {
    const parsed = errorSchema.safeParse(JSON.parse(new TextDecoder().decode(body?.subarray(0, 2_000))));
    if (!parsed.success) return { code: null, message: null };
    const { code, message } = parsed.data.error;
    const oneLine = (text: string, max: number) => text.replace(/[\p{C}\s]+/gu, " ").slice(0, max);
    return { code: oneLine(code, 40), message: oneLine(message, 300) };
  } catch {
    // A proxy's page, or nothing: then the status is all there is to say.
    return { code: null, message: null };
  }
}

function invalidReply(message: string): Failure {
  return { kind: "invalid_reply", message, retryAfterMs: null };
}

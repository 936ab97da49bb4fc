/**
 * The answering end of gossip over HTTP, free of any framework: `(request: Request) => Promise<Response>` at
 * `POST /gossip/*`. Checks go from cheap to expensive, and nothing is decoded before its sender is known.
 *
 * | status | when                                                                       |
 * |--------|----------------------------------------------------------------------------|
 * | 400    | not CBOR, or not this kind's shape; a card from the future or expired      |
 * | 401    | unsigned, expired, replayed, forged, or a caller that has not said hello,  |
 * |        | or whose brief name stands for nobody or for several                       |
 * | 403    | quarantined, not this spore's URL, not welcome, `cluster` for a stranger   |
 * | 404    | no such kind          405 not POST        415 said to be something else    |
 * |        |                                               than application/cbor       |
 * | 409    | a spore that speaks no dialect in common                                   |
 * | 413    | too large, packed or unpacked                                              |
 * | 429    | over the caller's share (bytes, greetings, CPU time), or no place left to  |
 * |        | listen, with `retry-after`                       503 too busy              |
 */

import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { isLoopbackHost } from "@synapse/shared/loopback.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { acceptedCoding, decodeBody, type EncodedBody, encodeBody, readCapped } from "./body.ts";
import {
  type CardError,
  genuineCard,
  type KnownCard,
  type RefusedGreeting,
  UNTIMELY,
  type WireCard,
} from "./card-reader.ts";
import { RateLimit } from "./rate-limit.ts";
import type { UntrustedItem } from "./replica-port.ts";
import {
  checkRequest,
  parseRequestHeader,
  REQUEST_LIFETIME_MS,
  ReplayGuard,
  SIGNATURE_HEADER,
  type SignedCaller,
  type Signer,
  signReply,
  type Verify,
} from "./request-signature.ts";
import type { Refusal } from "./responder.ts";
import {
  isKind,
  type Kind,
  LISTEN_MS,
  REQUEST_BYTES_MAX,
  type Reply,
  type Request_,
  requestSchemas,
  toItem,
} from "./wire.ts";

export interface HandlerDeps {
  readonly signer: Signer;
  readonly verify: Verify;
  readonly operator: PublicKey;
  /** The key that begins with these characters among those that have shown a valid card; null for none or several. */
  readonly keyOf: (name: string) => PublicKey | null;
  /** Certificate of a key that has shown a valid card. */
  readonly certificateOf: (key: PublicKey) => Certificate | null;
  readonly isQuarantined: (key: PublicKey) => boolean;
  readonly ownCard: () => WireCard;
  /** Is this origin one under which this spore is called? */
  readonly isOwnUrl: (origin: string) => boolean;
  /** A genuine card of a spore that is talked with. */
  readonly checkCard: (item: UntrustedItem) => Result<KnownCard, CardError>;
  readonly onRefusal: (refusal: RefusedGreeting) => void;
  /** Somebody who proved its key tells its time, from this address. */
  readonly onGreetingTime: (certificate: Certificate, from: string, theirs: number) => void;
  readonly admitCard: (item: UntrustedItem) => void;
  readonly heard: (peer: PublicKey) => void;
  readonly answer: <K extends Kind>(
    caller: Certificate,
    kind: K,
    message: Request_<K>,
  ) => Promise<Result<Reply<K>, Refusal>>;
  readonly now: () => number;
  /** CPU time that this thread has used, ms. */
  readonly cpuMs: () => number;
  readonly onTraffic: (sentBytes: number, receivedBytes: number) => void;
  readonly log: (message: string, details: Readonly<Record<string, unknown>>) => void;
}

interface HttpError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly retryAfterS?: number;
}

interface Admitted {
  readonly kind: Kind;
  readonly caller: SignedCaller;
  /** Null for a greeting. */
  readonly certificate: Certificate | null;
}

/** Answers under way at once; `listen`, which only waits, has a limit of its own. */
const ANSWERS_MAX = 256;
/** Greetings cost two signature checks before the caller is known: from one address 20 a second, 0.5 % of a core. */
const HELLO_LIMIT = { burst: 200, perSecond: 20 };
/** From everywhere together: 2.5 % of a core. */
const ALL_HELLOS = { burst: 2_000, perSecond: 100 };
/** 10 MiB a minute each way for a stranger, after enough to copy a memory of some hundred thousand entries once. */
const STRANGER_BYTES = { burst: 256 * 1024 * 1024, perSecond: (10 * 1024 * 1024) / 60 };
/** What strangers send unasked is limited harder than what they fetch. */
const STRANGER_SENT_BYTES = { burst: 20 * 1024 * 1024, perSecond: (10 * 1024 * 1024) / 60 };
/** Milliseconds of this thread for a stranger: 5 % of a core, after enough to copy such a memory. */
const STRANGER_WORK_MS = { burst: 10_000, perSecond: 50 };
/** For what it sends unasked, after enough to store what it may send at once. */
const STRANGER_SENT_WORK_MS = { burst: 2_000, perSecond: 50 };
const UNASKED: ReadonlySet<Kind> = new Set(["put", "announce"]);
const CBOR = "application/cbor";
/** From here on 32 bytes of header are nothing, and a stream costs more than it saves. */
const BARE_BYTES_MAX = 1_024;
const COMPRESSIBLE: ReadonlySet<Kind> = new Set(["hello", "compare", "want", "log", "certificates"]);

/** @returns the handler; `from` is the address whose share of the greetings a greeting is counted in */
export function createGossipHandler(
  deps: HandlerDeps,
): (request: Request, from?: string) => Promise<Response> {
  const guard = new ReplayGuard();
  const hellos = new RateLimit(HELLO_LIMIT);
  const allHellos = new RateLimit(ALL_HELLOS);
  const served = new RateLimit(STRANGER_BYTES);
  const sent = new RateLimit(STRANGER_SENT_BYTES);
  const work = new RateLimit(STRANGER_WORK_MS);
  const sentWork = new RateLimit(STRANGER_SENT_WORK_MS);
  let answering = 0;

  /** How long a stranger has to wait for its next call of a kind, s. */
  function waitOf(key: PublicKey, kind: Kind, now: number): number {
    const limits = UNASKED.has(kind) ? [served, sent, work, sentWork] : [served, sent, work];
    return Math.max(...limits.map((limit) => limit.waitS(key, now)));
  }

  /**
   * Charges a caller for what this thread did while its call was answered. Calls that are answered at the same time share
   * it: whose turn it was cannot be told.
   */
  async function charged<T>(key: PublicKey, kind: Kind, run: () => Promise<T>): Promise<T> {
    const startedAt = deps.cpuMs();
    try {
      return await run();
    } finally {
      const costMs = (deps.cpuMs() - startedAt) / answering;
      const now = deps.now();
      work.spend(key, costMs, now);
      if (UNASKED.has(kind)) sentWork.spend(key, costMs, now);
    }
  }

  /** What can be said from the head of the request alone. */
  function admit(request: Request, from: string): Result<Admitted, HttpError> {
    const kind = new URL(request.url).pathname.replace(/^\/gossip\//, "");
    if (!isKind(kind)) return refuse(404, "not_found", "no such gossip message");
    if (request.method !== "POST") return refuse(405, "method_not_allowed", "gossip is POST only");
    if ((request.headers.get("content-type") ?? CBOR) !== CBOR) {
      return refuse(415, "unsupported_media_type", "gossip bodies are application/cbor");
    }
    if (Number(request.headers.get("content-length") ?? 0) > REQUEST_BYTES_MAX) return tooLarge();
    const caller = parseRequestHeader(request.headers.get(SIGNATURE_HEADER), deps.keyOf);
    if (!caller.ok) return refuse(401, caller.error.kind, caller.error.message);
    if (kind === "hello" && caller.value.form === "brief")
      return refuse(401, "unsigned", "a greeting is signed with the whole key");
    const { key } = caller.value;
    const now = deps.now();
    if (deps.isQuarantined(key))
      return refuse(403, "quarantined", "this spore has stopped listening to yours for now");
    if (kind === "hello") {
      const waitS = Math.max(hellos.waitS(from, now), allHellos.waitS("", now));
      if (waitS > 0) return slowDown(waitS);
      // Counted before anything is checked: a forged greeting costs the same.
      hellos.spend(from, 1, now);
      allHellos.spend("", 1, now);
      return ok({ kind, caller: caller.value, certificate: null });
    }
    const certificate = deps.certificateOf(key);
    if (certificate === null) return refuse(401, "unknown_caller", "say hello first");
    const waitS = certificate.operator === deps.operator ? 0 : waitOf(key, kind, now);
    return waitS > 0 ? slowDown(waitS) : ok({ kind, caller: caller.value, certificate });
  }

  function read<K extends Kind>(
    request: Request,
    kind: K,
    caller: SignedCaller,
    body: Uint8Array<ArrayBuffer>,
  ): Result<Request_<K>, HttpError> {
    const encoding = request.headers.get("content-encoding");
    const decode = () => decodeBody(body, encoding, REQUEST_BYTES_MAX, requestSchemas[kind]);
    // A greeting is addressed to the URL inside it; everything else to our key, and is checked before it is decoded.
    const greeting = kind === "hello" ? decode() : null;
    if (greeting?.ok === false) return bodyRefusal(greeting.error);
    const audience = greeting === null ? deps.signer.publicKey : (greeting.value as Request_<"hello">).url;
    const facts = { audience, method: "POST", path: `/gossip/${kind}`, body };
    const signed = checkRequest(caller, facts, deps.verify, guard, deps.now());
    // A greeting sets the caller's clock right, so it cannot be asked to be right already.
    if (!signed.ok && !(kind === "hello" && signed.error.kind === "expired" && verifiesLate(caller, facts))) {
      const { kind: code, message } = signed.error;
      return code === "busy" ? slowDown(60) : refuse(401, code, message);
    }
    const decoded = greeting ?? decode();
    return decoded.ok ? ok(decoded.value as Request_<K>) : bodyRefusal(decoded.error);
  }

  function verifiesLate(caller: SignedCaller, facts: Parameters<typeof checkRequest>[1]): boolean {
    return checkRequest(caller, facts, deps.verify, new ReplayGuard(), caller.expiresAt).ok;
  }

  function answerHello(
    message: Request_<"hello">,
    caller: SignedCaller,
    from: string,
  ): Result<Reply<"hello">, HttpError> {
    if (!deps.isOwnUrl(message.url))
      return refuse(403, "not_my_url", `this spore is not called ${message.url.slice(0, 200)}`);
    const [text, signature] = message.card;
    const known = deps.checkCard({ text, signature });
    const genuine = genuineCard(known);
    if (genuine.ok && genuine.value.card.certificate.spore !== caller.key)
      return refuse(401, "forged", "the card is of another spore than the signature");
    // A greeting says its sender's own time.
    if (genuine.ok)
      deps.onGreetingTime(genuine.value.card.certificate, from, caller.expiresAt - REQUEST_LIFETIME_MS);
    if (!known.ok) return refuseCard(known.error, caller.key);
    deps.admitCard({ text, signature });
    return ok({ card: toItem(deps.ownCard()), at: deps.now() });
  }

  function refuseCard(error: CardError, caller: PublicKey): Result<never, HttpError> {
    if (error.kind === "untimely") {
      deps.onRefusal({ by: "us", peer: caller, code: UNTIMELY, message: error.message });
      return refuse(400, UNTIMELY, error.message);
    }
    if (error.kind !== "refused") return refuse(400, "invalid_card", error.message);
    const { code, message } = error.refusal;
    deps.onRefusal({ by: "us", peer: caller, code, message });
    return refuse(code === "incompatible" ? 409 : 403, code, message);
  }

  async function handle(
    request: Request,
    from: string,
  ): Promise<Result<{ caller: SignedCaller; body: EncodedBody }, HttpError>> {
    const admitted = admit(request, from);
    if (!admitted.ok) return admitted;
    const { kind, caller, certificate } = admitted.value;
    const body = await readCapped(request.body, REQUEST_BYTES_MAX);
    if (!body.ok) return tooLarge();
    deps.onTraffic(0, body.value.byteLength);
    sent.spend(caller.key, body.value.byteLength, deps.now());
    const respond = () => answer(request, { kind, caller, certificate }, body.value, from);
    // Who greets is not known yet: an address has its share of greetings. A `listen` only waits.
    return certificate === null || kind === "listen" ? respond() : charged(caller.key, kind, respond);
  }

  async function answer(
    request: Request,
    { kind, caller, certificate }: Admitted,
    body: Uint8Array<ArrayBuffer>,
    from: string,
  ): Promise<Result<{ caller: SignedCaller; body: EncodedBody }, HttpError>> {
    const message = read(request, kind, caller, body);
    if (!message.ok) return message;
    let reply: object;
    if (certificate === null) {
      const greeting = answerHello(message.value as Request_<"hello">, caller, from);
      if (!greeting.ok) return greeting;
      reply = greeting.value;
    } else {
      const answered = await deps.answer(certificate, kind, message.value);
      if (!answered.ok) return refuseAnswer(answered.error);
      reply = answered.value;
    }
    deps.heard(caller.key);
    const coding = acceptedCoding(request.headers.get("accept-encoding"));
    return ok({ caller, body: encodeBody(reply, COMPRESSIBLE.has(kind), coding) });
  }

  return async (request, from = "") => {
    if (answering >= ANSWERS_MAX)
      return toResponse({ status: 503, code: "busy", message: "too many calls at once" });
    const isListen = new URL(request.url).pathname === "/gossip/listen";
    if (!isListen) answering++;
    try {
      const result = await handle(request, from);
      if (!result.ok) return toResponse(result.error);
      const { caller, body } = result.value;
      deps.onTraffic(body.bytes.byteLength, 0);
      served.spend(caller.key, body.bytes.byteLength, deps.now());
      const signature = signReply(request.headers.get(SIGNATURE_HEADER) ?? "", body.bytes, deps.signer);
      return toReply(body, signature, caller.form === "brief");
    } catch (cause) {
      // A caller that hangs up in the middle of its body, or a disk that fails: neither is a reason to stop answering.
      deps.log("a gossip request broke off", {
        error: cause instanceof Error ? cause.message : String(cause),
      });
      return toResponse({ status: 503, code: "unavailable", message: "the request could not be finished" });
    } finally {
      if (!isListen) answering--;
    }
  };
}

/** The same origin, or another name of this machine with the same port while loopback is how the spore is called. */
export function isSameOrigin(origin: string, own: string | null): boolean {
  if (own === null || !URL.canParse(origin)) return false;
  const [theirs, ours] = [new URL(origin), new URL(own)];
  if (theirs.origin === ours.origin) return true;
  return (
    theirs.protocol === ours.protocol &&
    theirs.port === ours.port &&
    isLoopbackHost(theirs.hostname) &&
    isLoopbackHost(ours.hostname)
  );
}

function refuse(status: number, code: string, message: string): Result<never, HttpError> {
  return err({ status, code, message });
}

function refuseAnswer({ kind, message }: Refusal): Result<never, HttpError> {
  if (kind === "busy") return err({ status: 429, code: kind, message, retryAfterS: LISTEN_MS / 1_000 });
  return refuse(kind === "forbidden" ? 403 : 400, kind, message);
}

function slowDown(retryAfterS: number): Result<never, HttpError> {
  return err({
    status: 429,
    code: "rate_limited",
    message: "over this spore's share for one peer",
    retryAfterS,
  });
}

function tooLarge(): Result<never, HttpError> {
  return refuse(413, "too_large", `gossip requests are at most ${REQUEST_BYTES_MAX} bytes`);
}

function bodyRefusal(error: { readonly kind: string; readonly message: string }): Result<never, HttpError> {
  return error.kind === "too_large" ? tooLarge() : refuse(400, "malformed", error.message);
}

/** @param bare the caller needs no `content-type`: a short reply then leaves it out */
function toReply({ bytes, encoding }: EncodedBody, signature: string, bare: boolean): Response {
  const headers: Record<string, string> = { [SIGNATURE_HEADER]: signature };
  // What is packed has to say how.
  if (bare && encoding === null && bytes.byteLength <= BARE_BYTES_MAX)
    return new Response(streamOf(bytes), { headers });
  headers["content-type"] = CBOR;
  if (encoding !== null) headers["content-encoding"] = encoding;
  return new Response(bytes, { headers });
}

/** Bun names a type for every body but a stream, and sends one that is complete at once with its length. */
function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}

function toResponse({ status, code, message, retryAfterS }: HttpError): Response {
  const headers: Record<string, string> = {};
  if (retryAfterS !== undefined) headers["retry-after"] = String(retryAfterS);
  return Response.json({ error: { code, message } }, { status, headers });
}

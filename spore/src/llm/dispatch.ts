/**
 * How one request finds its answer: one call at a time in the order of preference, and a second one only where the
 * first is silent for long.
 *
 * 1. The first success wins and the others are cancelled; never more than RACERS_MAX quotas are spent on one answer.
 * 2. A failure is never a reply. It leads to the next offer, to a shorter prompt, to a short wait, or out.
 * 3. Waiting has an end: for a quota of which it is known when it returns, or for a call in flight, within the
 *    patience of the purpose. Whoever asks can always answer without a model.
 */
import { err, type Result } from "@synapse/shared/result.ts";
import type { AnswerRecord } from "./accounts.ts";
import type { Offer } from "./candidates.ts";
import type { Clock } from "./clock.ts";
import { CANCELLED } from "./model-server.ts";
import { shrinkMessages } from "./prompt-shrinking.ts";
import type { ChatFailure, ChatPurpose, ChatReply, ChatRequest } from "./provider.ts";
import type { Skip, SkipKind } from "./quota-ledger.ts";

export interface Refusal extends Omit<Skip, "kind"> {
  readonly kind: SkipKind | "budget";
}

export interface DispatchDeps {
  readonly clock: Clock;
  /** In the order of preference; read anew before each choice, since lists and servers change. */
  readonly offers: () => readonly Offer[];
  /** Null where the offer may be called now. */
  readonly refusal: (offer: Offer, request: ChatRequest) => Refusal | null;
  /** Takes its lease before it returns, and settles it whatever happens. */
  readonly call: (offer: Offer, request: ChatRequest) => Promise<Result<ChatReply, ChatFailure>>;
  /** Calls back once when any call was settled. The returned function gives up waiting. */
  readonly onSettled: (wake: () => void) => () => void;
}

export interface Dispatched {
  readonly result: Result<ChatReply, ChatFailure>;
  readonly attempts: AnswerRecord["attempts"];
  readonly skipped: AnswerRecord["skipped"];
}

interface Running {
  readonly offer: Offer;
  readonly controller: AbortController;
  readonly done: Promise<{ readonly offer: Offer; readonly result: Result<ChatReply, ChatFailure> }>;
  readonly hedgeAt: number;
  alive: boolean;
}

/** Calls for one request in a row: beyond it the fault lies with the request, or with everybody. */
const ATTEMPTS_MAX = 8;
/** Calls for one request at the same time. */
const RACERS_MAX = 2;
/** A hosted model that has said nothing for that long may have lost the request. */
const HEDGE_AFTER_MS = 30_000;
/** Prompts are shortened that often; three times leave a fifth. */
const SHRINKS_MAX = 3;
/** How long a request waits for a quota or a free place; idle thought does not wait at all. */
const PATIENCE_MS: Readonly<Record<ChatPurpose, number>> = {
  reason: 20_000,
  synthesize: 20_000,
  validate: 8_000,
  triage: 0,
  thought: 0,
};

export async function dispatch(request: ChatRequest, deps: DispatchDeps): Promise<Dispatched> {
  const { clock } = deps;
  const attempts: AnswerRecord["attempts"][number][] = [];
  const running = new Map<Offer, Running>();
  const done = new Set<string>();
  const giveUpAt = clock.now() + (request.patienceMs ?? PATIENCE_MS[request.purpose]);
  let messages = request.messages;
  let shrinks = 0;
  let refusals: readonly (readonly [Offer, Refusal])[] = [];
  let last: ChatFailure | null = null;

  /** The first offer that may be called now; where there is none, `refusals` says why. */
  function choose(): Offer | null {
    const racing = [...running.keys()];
    const found: (readonly [Offer, Refusal])[] = [];
    for (const offer of deps.offers()) {
      if (done.has(nameOf(offer))) continue;
      // Only another hosted provider is worth a second quota.
      if (
        racing.length > 0 &&
        (offer.source !== "key" || racing.some((one) => one.provider === offer.provider))
      )
        continue;
      const refusal = deps.refusal(offer, { ...request, messages });
      if (refusal === null) {
        refusals = found;
        return offer;
      }
      found.push([offer, refusal]);
    }
    if (racing.length === 0) refusals = found;
    return null;
  }

  function start(offer: Offer): void {
    const controller = new AbortController();
    const signal =
      request.signal === undefined ? controller.signal : AbortSignal.any([request.signal, controller.signal]);
    const one: Running = {
      offer,
      controller,
      alive: false,
      hedgeAt: clock.now() + HEDGE_AFTER_MS,
      done: deps
        .call(offer, {
          ...request,
          messages,
          signal,
          ...(request.onText === undefined
            ? {}
            : {
                onText: (text: string) => {
                  one.alive = true;
                  // Of two streams only the first is shown.
                  if ([...running.values()].every((other) => other === one || !other.alive))
                    request.onText?.(text);
                },
              }),
        })
        .then((result) => ({ offer, result })),
    };
    running.set(offer, one);
  }

  /** What a failed attempt means for the ones that follow. */
  function learn(offer: Offer, failure: ChatFailure): void {
    last = failure;
    if (failure.kind === "context_too_long" && shrinks < SHRINKS_MAX) {
      const shorter = shrinkMessages(messages);
      if (shorter !== null) {
        messages = shorter;
        shrinks += 1;
        return;
      }
    }
    // The ledger knows when a spent quota returns; everything else is not tried twice for one request.
    if (failure.kind !== "rate_limited") done.add(nameOf(offer));
  }

  function finish(result: Result<ChatReply, ChatFailure>): Dispatched {
    const skipped = refusals.map(([{ provider, model }, { reason, until }]) => ({
      provider,
      model,
      reason,
      until,
    }));
    return { result, attempts, skipped };
  }

  try {
    for (;;) {
      if (request.signal?.aborted) return finish(err(CANCELLED));
      const racing = [...running.values()];
      const silent = racing.every(
        ({ alive, hedgeAt, offer }) => !alive && offer.source === "key" && clock.now() >= hedgeAt,
      );
      if (silent && running.size < RACERS_MAX && attempts.length + running.size < ATTEMPTS_MAX) {
        const offer = choose();
        if (offer !== null) {
          start(offer);
          continue;
        }
        if (running.size === 0) {
          const wakeAt = wakeTime(refusals, giveUpAt);
          if (wakeAt === null || clock.now() >= wakeAt) return finish(err(nobody(refusals, last)));
          await pause(clock, wakeAt, deps.onSettled, request.signal);
          continue;
        }
      }
      if (running.size === 0) return finish(err(last ?? nobody(refusals, null)));
      const settled = await nextSettled(clock, racing);
      if (settled === null) continue;
      running.delete(settled.offer);
      const { provider, model } = settled.offer;
      const outcome = settled.result.ok ? "answered" : settled.result.error.kind;
      attempts.push({ provider, model, outcome });
      if (settled.result.ok) return finish(settled.result);
      learn(settled.offer, settled.result.error);
    }
  } finally {
    for (const { controller } of running.values()) controller.abort();
  }
}

/** The next call to end, or null when it is time to think about a second one. */
async function nextSettled(clock: Clock, racing: readonly Running[]) {
  const [only] = racing;
  if (racing.length !== 1 || only === undefined || only.alive || only.offer.source !== "key")
    return await Promise.race(racing.map(({ done }) => done));
  const waitMs = only.hedgeAt - clock.now();
  // Its time has passed and nobody else could be asked: look again when another wait is over.
  const hedge = Promise.withResolvers<null>();
  const cancel = clock.after(waitMs > 0 ? waitMs : HEDGE_AFTER_MS, () => hedge.resolve(null));
  try {
    return await Promise.race([only.done, hedge.promise]);
  } finally {
    cancel();
  }
}

/** When it is worth looking again; null where waiting would be in vain. */
function wakeTime(refusals: readonly (readonly [Offer, Refusal])[], giveUpAt: number): number | null {
  const moments = refusals.flatMap(([, { kind, until }]) => {
    if (kind === "busy") return [giveUpAt];
    return kind === "rate" && until !== null && until <= giveUpAt ? [until] : [];
  });
  return moments.length === 0 ? null : Math.min(...moments);
}

async function pause(
  clock: Clock,
  until: number,
  onSettled: DispatchDeps["onSettled"],
  signal: AbortSignal | undefined,
): Promise<void> {
  const over = Promise.withResolvers<void>();
  const wake = () => over.resolve();
  const ends = [clock.after(Math.max(1, until - clock.now()), wake), onSettled(wake)];
  signal?.addEventListener("abort", wake, { once: true });
  await over.promise;
  signal?.removeEventListener("abort", wake);
  for (const end of ends) end();
}

function nobody(refusals: readonly (readonly [Offer, Refusal])[], last: ChatFailure | null): ChatFailure {
  if (last !== null) return last;
  const [budget] = refusals.filter(([, { kind }]) => kind === "budget");
  if (budget !== undefined && refusals.every(([, { kind }]) => kind === "budget"))
    return { kind: "over_budget", retryable: false, message: budget[1].reason };
  const moments = refusals.flatMap(([, { until }]) => (until === null ? [] : [until]));
  return {
    kind: "no_provider",
    retryable: false,
    untilMs: moments.length === 0 ? null : Math.min(...moments),
    message: refusals.length === 0 ? "no provider is configured" : "no provider can be asked now",
  };
}

function nameOf({ provider, model }: Offer): string {
  return `${provider}/${model}`;
}

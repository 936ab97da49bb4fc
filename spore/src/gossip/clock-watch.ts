/**
 * Is this machine's clock right? Concluded from what peers say of the time, and only ever said: nothing is set by it.
 *
 * A spore whose clock is off by five minutes meets nobody: the cards of the others seem to be from the future, or they
 * refuse its own. So each greeting that tells the other side's time is a voice here, one for each operator and network:
 *
 * | voice                                     | proof                                                             |
 * |-------------------------------------------|-------------------------------------------------------------------|
 * | the reply to a greeting of ours           | signed, over our nonce                                            |
 * | a greeting of somebody else               | signed; counts from a time that is not past, as an old one can be |
 * |                                           | sent again by anybody, and a future one was nowhere to be had     |
 * | the `Date` of a refusal for the card's time | none: it stands for its network alone                           |
 *
 * Keys cost nothing and networks do, so a group of voices is as strong as the fewer of its operators and its networks,
 * except that each spore of one's own operator counts by itself. A spore of one's own machine that finds the clock right
 * outvotes nobody: they share it.
 *
 * Invariants:
 * 1. "off" needs voices of two operators in two networks (or two of one's own spores) that agree with each other, and
 *    more of them than find the clock right. One stranger, however many keys it has, brings about "unsure" at most, and
 *    that only where nobody contradicts it.
 * 2. A voice is worth nothing once this clock was set, or the machine slept: it is compared with steady time.
 * 3. Pure: both clocks are arguments.
 */
import type { ClockState, ClockVerdict } from "@synapse/shared/contract/status.ts";

/** Clocks of honest machines differ by seconds, and a reply may take fifteen. Greetings fail from five minutes on. */
export const CLOCK_OFF_MS = 2 * 60_000;
/** Peers are greeted every few minutes; who was not for so long has no say. */
const VOICE_MS = 30 * 60_000;
/** More than enough for a majority, and comparing each with each stays cheap. */
const VOICES_MAX = 64;
/** Of strangers in one network who say alike, so that they push out nobody who says otherwise. */
const ALIKE_MAX = 4;
/** Both clocks of a machine go on alike, but for this much. */
const STEP_MS = 30_000;
/** A state that is seen again so soon is not said again: peers that contradict each other must not fill the log. */
const SAID_AGAIN_MS = 60 * 60_000;
const MEND = "set this machine's clock, on most systems with `timedatectl set-ntp true`";

export interface Voice {
  /** Who says it: the operator; for a spore of one's own its key; null where nothing is signed. */
  readonly by: string | null;
  readonly isOwn: boolean;
  /** Where it says so (peer-network.ts). */
  readonly network: string;
  /** On this machine: it has this machine's clock, whatever else it has. */
  readonly isHere: boolean;
  /** The wall clock there, ms. */
  readonly theirs: number;
}

interface Heard extends Voice {
  readonly steadyAt: number;
  /** Wall minus steady time here, when it was heard. */
  readonly epoch: number;
  /** How far this clock was ahead of theirs, ms. */
  readonly aheadMs: number;
}

export interface Saying {
  readonly level: "info" | "warn";
  readonly message: string;
}

export class ClockWatch {
  private readonly voices = new Map<string, Heard>();
  private readonly saidAt = new Map<ClockState, number>();
  private warned = false;

  /** @returns what is to be said in the log, once for each change; null for nothing. */
  hear(voice: Voice, now: number, steady: number): Saying | null {
    const name = `${voice.by ?? ""} ${voice.isOwn ? "" : voice.network}`;
    const heard = { ...voice, steadyAt: steady, epoch: now - steady, aheadMs: now - voice.theirs };
    this.voices.delete(name);
    this.voices.set(name, heard);
    const alike = [...this.voices].filter(([, one]) => !one.isOwn && saysAlike(one, heard));
    for (const [oldest] of alike.slice(0, -ALIKE_MAX)) this.voices.delete(oldest);
    for (const oldest of this.voices.keys()) {
      if (this.voices.size <= VOICES_MAX) break;
      this.voices.delete(oldest);
    }
    return this.news(this.verdict(now, steady), steady);
  }

  verdict(now: number, steady: number): ClockVerdict {
    const heard = [...this.voices.values()].filter(
      ({ steadyAt, epoch }) => steady - steadyAt <= VOICE_MS && Math.abs(now - steady - epoch) <= STEP_MS,
    );
    const against = strength(heard.filter((one) => sideOf(one) === 0 && !one.isHere));
    const group = strongest(heard.filter((one) => sideOf(one) !== 0));
    const agreeing = strength(group);
    if (agreeing <= against) {
      const state = heard.some((one) => sideOf(one) === 0) ? "right" : "unknown";
      return { state, ahead_ms: null, agreeing: against, message: null };
    }
    const aheadMs = Math.round(median(group.map((one) => one.aheadMs)));
    const state = agreeing > 1 ? "off" : "unsure";
    return { state, ahead_ms: aheadMs, agreeing, message: messageOf(state, aheadMs, agreeing) };
  }

  private news({ state, message }: ClockVerdict, steady: number): Saying | null {
    if (state === "unknown" || (state === "right" && !this.warned)) return null;
    const lastAt = this.saidAt.get(state) ?? Number.NEGATIVE_INFINITY;
    const isNew = state === "right" || steady - lastAt > SAID_AGAIN_MS;
    if (message === null) {
      this.warned = false;
      return { level: "info", message: "this machine's clock agrees with that of the peers again" };
    }
    if (!isNew) return null;
    this.saidAt.set(state, steady);
    this.warned = true;
    return { level: "warn", message };
  }
}

/** 1 where this clock is ahead of theirs, -1 where it is behind, 0 where they agree. */
function sideOf({ aheadMs }: Heard): number {
  return Math.abs(aheadMs) > CLOCK_OFF_MS ? Math.sign(aheadMs) : 0;
}

function saysAlike(a: Heard, b: Heard): boolean {
  return a.network === b.network && sideOf(a) === sideOf(b);
}

function strength(voices: readonly Heard[]): number {
  const own = voices.filter(({ isOwn }) => isOwn).length;
  const strangers = voices.filter(({ isOwn }) => !isOwn);
  const networks = new Set(strangers.map(({ network }) => network));
  const operators = new Set(strangers.map(({ by, network }) => by ?? ` ${network}`));
  return own + Math.min(networks.size, operators.size);
}

/** The strongest of the groups that say about the same. */
function strongest(voices: readonly Heard[]): readonly Heard[] {
  let best: readonly Heard[] = [];
  for (const { aheadMs } of voices) {
    const group = voices.filter((one) => Math.abs(one.aheadMs - aheadMs) <= CLOCK_OFF_MS);
    if (strength(group) > strength(best)) best = group;
  }
  return best;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

function messageOf(state: "off" | "unsure", aheadMs: number, agreeing: number): string {
  const side = aheadMs > 0 ? "ahead" : "behind";
  const much = spanText(Math.abs(aheadMs));
  return state === "off"
    ? `this machine's clock is ${much} ${side}, say ${agreeing} independent peers: from five minutes on spores do not talk with each other; ${MEND}`
    : `this machine's clock is ${much} ${side} of the only peers that answer: one of the two is wrong, and from five minutes on spores do not talk with each other; if it is this one, ${MEND}`;
}

/** "3 minutes", "2 hours", "12 days": as exact as anybody needs to look at a clock. */
export function spanText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  const counted = (count: number, unit: string) => `${count} ${unit}${count === 1 ? "" : "s"}`;
  if (minutes < 120) return counted(minutes, "minute");
  if (minutes < 48 * 60) return counted(Math.round(minutes / 60), "hour");
  return counted(Math.round(minutes / (24 * 60)), "day");
}

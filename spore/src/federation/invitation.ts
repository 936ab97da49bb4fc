/**
 * Using the invitation that a spore was started with: joins where it was issued, again and again until it worked or was
 * refused for good, and keeps the vouch that it bought.
 */
import type { Vouch } from "@synapse/shared/contract/federation.ts";
import { ok, type Result } from "@synapse/shared/result.ts";
import type { Gossip } from "../gossip/gossip.ts";
import { readInvite } from "./invites.ts";
import type { Join, JoinFailure } from "./join-client.ts";

const RETRY_FIRST_MS = 2_000;
const RETRY_MAX_MS = 5 * 60_000;

export interface InvitationState {
  readonly url: string;
  readonly state: "joining" | "joined" | "refused";
  readonly reason: string | null;
}

interface InvitationDeps {
  /** The token, null for none. */
  readonly invite: string | null;
  readonly now: () => number;
  readonly log: (level: "info" | "warn", message: string, details?: Record<string, unknown>) => void;
  readonly later: (delayMs: number, run: () => void) => () => void;
  readonly gossip: () => Pick<Gossip, "addSeeds">;
  readonly join: Join;
  readonly ownVouch: () => Vouch | null;
  readonly keepVouch: (vouch: Vouch) => Promise<void>;
}

export function useInvitation(deps: InvitationDeps) {
  const { log } = deps;
  let state: InvitationState | null = null;
  let cancel: () => void = () => undefined;
  let running: Promise<void> = Promise.resolve();
  let attempts = 0;
  let stopped = false;

  async function attempt(token: string): Promise<void> {
    const invite = readInvite(token, deps.now());
    if (!invite.ok) {
      state = { url: "", state: "refused", reason: invite.error.message };
      log("warn", invite.error.message);
      return;
    }
    const { url, by } = invite.value;
    state = { url, state: "joining", reason: null };
    const isVouched = deps.ownVouch()?.by.operator === by.operator;
    const result: Result<{ vouch: Vouch | null }, JoinFailure> = isVouched
      ? ok({ vouch: null })
      : await deps.join({ url, operator: by.operator, invite: token });
    if (result.ok) {
      if (result.value.vouch !== null) await deps.keepVouch(result.value.vouch);
      state = { url, state: "joined", reason: null };
      log("info", `joined by invitation of ${by.name}`, { url });
      deps.gossip().addSeeds([{ url, operator: by.operator }]);
      return;
    }
    const { retryable, message } = result.error;
    state = { url, state: retryable ? "joining" : "refused", reason: message };
    log("warn", "the invitation was not accepted", { url, reason: message });
    const delayMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(attempts++, 20));
    if (retryable && !stopped) cancel = deps.later(delayMs, () => begin(token));
  }

  function begin(token: string): void {
    running = attempt(token).catch((cause: unknown) =>
      log("warn", "joining by invitation broke off", { cause: String(cause) }),
    );
  }

  return {
    start(): void {
      if (deps.invite !== null) begin(deps.invite);
    },
    async stop(): Promise<void> {
      stopped = true;
      cancel();
      await running;
    },
    state: () => state,
  };
}

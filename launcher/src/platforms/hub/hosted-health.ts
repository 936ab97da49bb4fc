/**
 * Waits until every hosted spore really answers, and says meanwhile what is awaited.
 *
 * A Space that says RUNNING may still run what was there before a change; so a spore that was changed counts as healthy
 * once it says itself that it started after the change.
 */
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { durationText, type Output } from "../../output.ts";
import { probeSpore } from "../local/health.ts";
import type { HostedSpore } from "./hosted-spores.ts";
import { type HubAccess, STAGES_FAILED, spaceLogs, spaceRuntime } from "./hub-rest.ts";

export interface AwaitedSpore extends HostedSpore {
  readonly url: string;
  /** When the last change to its Space was made, ms; null for none in this run. */
  readonly changedAt: number | null;
}

export interface HostedWait {
  readonly hub: HubAccess;
  readonly output: Output;
  readonly timeoutMs: number;
  readonly pollMs: number;
  readonly signal: AbortSignal;
}

/** The Hub's clock and ours may differ, and seconds are rounded. */
const CLOCK_SLACK_MS = 3_000;
/** How often a run without a terminal says that it still waits. */
const REMINDER_MS = 30_000;
const LOG_LINES_SHOWN = 30;

/** The error says which spore did not come up, with the end of its log. */
export async function awaitHostedSpores(
  spores: readonly AwaitedSpore[],
  wait: HostedWait,
): Promise<Result<void, string>> {
  const startedAt = Date.now();
  let remindedAt = startedAt;
  const waiting = new Map(spores.map((spore) => [spore.id, { spore, why: "is awaited" }]));
  while (waiting.size > 0) {
    wait.signal.throwIfAborted();
    const looks = [...waiting.values()].map(async (entry) => ({
      entry,
      look: await lookAt(entry.spore, wait.hub),
    }));
    for (const { entry, look } of await Promise.all(looks)) {
      if (look.kind === "failed") return err(await failureText(entry.spore, look.why, wait));
      entry.why = look.why;
      if (look.kind === "waiting") continue;
      waiting.delete(entry.spore.id);
      const { name, url } = entry.spore;
      wait.output.line(`[${durationText(Date.now() - startedAt)}] ${name} is healthy on ${url}`);
    }
    if (waiting.size === 0) break;
    const text = `[${durationText(Date.now() - startedAt)}] waiting for ${[...waiting.values()].map(({ spore, why }) => `${spore.name} (${why})`).join(", ")}`;
    wait.output.progress(text);
    if (!wait.output.interactive && Date.now() - remindedAt >= REMINDER_MS) {
      remindedAt = Date.now();
      wait.output.line(text);
    }
    if (Date.now() - startedAt > wait.timeoutMs) {
      const what = [...waiting.values()].map(({ spore, why }) => `${spore.name} ${why}`).join("; ");
      return err(
        `not healthy within ${wait.timeoutMs / 1000} s: ${what}. The Hub goes on building; run the same command again, ` +
          "or give it more time with --start-timeout SECONDS",
      );
    }
    await Bun.sleep(wait.pollMs);
  }
  wait.output.progress(null);
  return ok(undefined);
}

interface Look {
  readonly kind: "healthy" | "waiting" | "failed";
  readonly why: string;
}

async function lookAt(spore: AwaitedSpore, hub: HubAccess): Promise<Look> {
  const runtime = await spaceRuntime(hub, spore.id);
  // The Hub is busy now and then; the time that was given decides, not one answer.
  if (!runtime.ok) return { kind: "waiting", why: runtime.error.message };
  const { stage, errorMessage } = runtime.value;
  if (STAGES_FAILED.has(stage))
    return { kind: "failed", why: `${stage}${errorMessage ? `: ${errorMessage}` : ""}` };
  if (stage !== "RUNNING") return { kind: "waiting", why: `is ${stage}` };
  const probe = await probeSpore(spore.url, spore.name);
  if (!probe.ok) return { kind: "waiting", why: probe.reason };
  const startedAt = Date.now() - probe.value.uptime_s * 1000;
  const isFresh = spore.changedAt === null || startedAt + CLOCK_SLACK_MS >= spore.changedAt;
  return isFresh
    ? { kind: "healthy", why: "is healthy" }
    : { kind: "waiting", why: "still runs what was there before" };
}

async function failureText(spore: AwaitedSpore, why: string, { hub }: HostedWait): Promise<string> {
  const kind = why.startsWith("BUILD_ERROR") || why.startsWith("CONFIG_ERROR") ? "build" : "run";
  const lines = await logEnd(hub, spore.id, kind, LOG_LINES_SHOWN);
  const shown =
    lines.length === 0 ? "  (the Hub has no log of it)" : lines.map((line) => `  ${line}`).join("\n");
  return `${spore.name} did not come up (${why}); the end of its ${kind} log:\n${shown}`;
}

/** The last lines of a log as it is now. */
export async function logEnd(
  hub: HubAccess,
  id: string,
  kind: "build" | "run",
  count: number,
): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of spaceLogs(hub, id, kind, null)) {
    if (!line.ok) return [`(its log cannot be read: ${line.error.message})`];
    lines.push(line.value);
    if (lines.length > count) lines.shift();
  }
  return lines;
}

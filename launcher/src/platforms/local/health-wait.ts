/** Waits until everything that was started answers, and says meanwhile what is awaited and for how long. */
import { durationText, type Output } from "../../output.ts";
import { probePage, probeSpore } from "./health.ts";
import type { Supervisor } from "./supervisor.ts";

const POLL_MS = 200;
/** How often a run without a terminal says that it still waits. */
const REMINDER_MS = 10_000;

export interface HealthTarget {
  readonly name: string;
  readonly url: string;
  readonly kind: "spore" | "page";
  /** Work that comes before its process; its failure is the launch's. */
  readonly preparing: Promise<void> | null;
}

export interface HealthWait {
  readonly targets: readonly HealthTarget[];
  readonly supervisor: Supervisor;
  readonly output: Output;
  readonly startedAtMs: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly fail: (message: string) => Error;
}

/** Returns when all answer; throws `fail(…)` when one of them cannot or the time is over. */
export async function watchUntilHealthy(wait: HealthWait): Promise<void> {
  const waiting = new Map(wait.targets.map((target) => [target.name, "is starting"]));
  const preparations = wait.targets.flatMap(({ preparing }) => (preparing === null ? [] : [preparing]));
  const prepared = Promise.all(preparations);
  let failure: unknown = null;
  prepared.catch((error: unknown) => {
    failure = error;
  });
  const preparing = new Set(
    wait.targets.filter((target) => target.preparing !== null).map(({ name }) => name),
  );
  void prepared.then(
    () => preparing.clear(),
    () => undefined,
  );
  let remindedAtMs = Date.now();
  while (waiting.size > 0) {
    wait.signal.throwIfAborted();
    if (failure !== null) throw failure;
    throwIfGivenUp(wait);
    await Promise.all(
      wait.targets
        .filter(({ name }) => waiting.has(name))
        .map(async (target) => {
          if (preparing.has(target.name)) {
            waiting.set(target.name, "is being built");
            return;
          }
          const probe =
            target.kind === "spore" ? await probeSpore(target.url, target.name) : await probePage(target.url);
          if (probe.ok) {
            waiting.delete(target.name);
            wait.output.line(`[${elapsed(wait)}] ${target.name} is healthy on ${target.url}`);
          } else waiting.set(target.name, probe.reason);
        }),
    );
    if (waiting.size === 0) break;
    const text = `[${elapsed(wait)}] waiting for ${[...waiting].map(([name, why]) => `${name} (${why})`).join(", ")}`;
    wait.output.progress(text);
    if (!wait.output.interactive && Date.now() - remindedAtMs >= REMINDER_MS) {
      remindedAtMs = Date.now();
      wait.output.line(text);
    }
    if (Date.now() - wait.startedAtMs > wait.timeoutMs) throw wait.fail(timeoutText(wait, waiting));
    await Bun.sleep(POLL_MS);
  }
  wait.output.progress(null);
}

function throwIfGivenUp(wait: HealthWait): void {
  const lost = wait.supervisor.children.find(({ gaveUp }) => gaveUp);
  if (lost !== undefined) throw wait.fail(`${lost.name} cannot be started; its last words stand above`);
}

function timeoutText(wait: HealthWait, waiting: ReadonlyMap<string, string>): string {
  const what = [...waiting].map(([name, why]) => `${name} ${why}`).join("; ");
  return (
    `not healthy within ${wait.timeoutMs / 1000} s: ${what}. ` +
    "bun run launch logs shows what they say; --start-timeout SECONDS gives a slow machine more time"
  );
}

function elapsed(wait: HealthWait): string {
  return durationText(Date.now() - wait.startedAtMs);
}

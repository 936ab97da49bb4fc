/** Whether a spore or the page really answers, not merely whether its process runs. */
import { type Health, healthSchema } from "@synapse/shared/contract/status.ts";
import { durationText } from "../../output.ts";

/** A healthy spore answers in milliseconds; a start on a busy machine may take this long for one answer. */
const PROBE_TIMEOUT_MS = 3_000;

export type Probe<T> =
  | { readonly ok: true; readonly value: T; readonly latencyMs: number }
  | { readonly ok: false; readonly reason: string };

/** @param expectedName the spore's name, so that another program on its port is noticed; null accepts any */
export async function probeSpore(url: string, expectedName: string | null): Promise<Probe<Health>> {
  const answer = await getJson(new URL("/api/health", url).href);
  if (!answer.ok) return answer;
  const parsed = healthSchema.safeParse(answer.value.body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return {
      ok: false,
      reason: `answers, but not as a spore does (${issue?.path.join(".")}: ${issue?.message})`,
    };
  }
  if (expectedName !== null && parsed.data.spore !== expectedName) {
    return { ok: false, reason: `is another spore: it calls itself ${parsed.data.spore}` };
  }
  return { ok: true, value: parsed.data, latencyMs: answer.latencyMs };
}

/** What a spore is doing, for a line of its own; first of all what is wrong with its machine's clock. */
export function sporeText({ uptime_s, memories, peers, wall_clock }: Health): string {
  const doing = `up ${durationText(uptime_s * 1_000)}, ${memories} memories, ${peers.length} peers`;
  const clock = wall_clock?.message ?? null;
  return clock === null ? doing : `${doing}; ${clock}`;
}

export async function probePage(url: string): Promise<Probe<null>> {
  const answer = await getJson(new URL("/config.json", url).href);
  return answer.ok ? { ok: true, value: null, latencyMs: answer.latencyMs } : answer;
}

export async function getJson(url: string): Promise<Probe<{ readonly body: unknown }>> {
  const startedAt = performance.now();
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS), redirect: "error" });
    const text = await response.text();
    if (!response.ok) return { ok: false, reason: `answers with HTTP ${response.status}` };
    return { ok: true, value: { body: JSON.parse(text) }, latencyMs: performance.now() - startedAt };
  } catch (error) {
    return { ok: false, reason: failureText(error) };
  }
}

function failureText(error: unknown): string {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  if (name === "TimeoutError") return `does not answer within ${PROBE_TIMEOUT_MS / 1000} s`;
  if (code === "ConnectionRefused" || code === "ECONNREFUSED") return "does not listen yet";
  if (name === "SyntaxError") return "answers with something that is not JSON";
  return `cannot be reached: ${message ?? code ?? "unknown"}`;
}

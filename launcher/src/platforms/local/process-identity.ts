/**
 * Which process a pid means, so that only processes of ours are ever ended.
 *
 * A pid is reused; a pid together with the instant it started and its command line is not. Linux tells both in /proc
 * (proc(5): `stat` field 22 in ticks since boot, hence the boot id beside it), other systems through `ps`.
 */
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";

export const processIdentitySchema = z.object({
  pid: z.int().min(1),
  /** Comparable for equality only. */
  started: z.string().min(1),
  command: z.string(),
});
export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

/** @returns null where no such process runs (a zombie runs no more) or the system does not tell. */
export function identifyProcess(pid: number): ProcessIdentity | null {
  return existsSync("/proc/self/stat") ? fromProc(pid) : fromPs(pid);
}

/** True when the recorded process is still the one that runs under its pid. */
export function isStillRunning(recorded: ProcessIdentity): boolean {
  const current = identifyProcess(recorded.pid);
  return current !== null && current.started === recorded.started && current.command === recorded.command;
}

/** A command line is written to a file and shown; what was given as a key or a token is left out of it. */
function withoutSecrets(command: string): string {
  return command.replace(/(--[a-z-]*(?:key|token))(=|\s+)\S+/g, "$1$2…");
}

/** A process that was only just started shows no command line until its program is in place: within a few ms. */
const EXEC_TRIES = 100;

function fromProc(pid: number): ProcessIdentity | null {
  for (let attempt = 0; attempt < EXEC_TRIES; attempt += 1) {
    const found = readProc(pid);
    if (found === null || found.command !== "") return found;
    Bun.sleepSync(1);
  }
  // A thread of the kernel, or one that never gets to its program: none of ours.
  return null;
}

function readProc(pid: number): ProcessIdentity | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold anything, so fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state] = fields;
    if (state === "Z" || state === "X") return null;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim();
    return { pid, started: `${boot}/${fields[19]}`, command: withoutSecrets(command) };
  } catch {
    // Not there (any more), or hidden from this user: either way not one of ours.
    return null;
  }
}

function fromPs(pid: number): ProcessIdentity | null {
  const child = Bun.spawnSync(
    ["ps", "-ww", "-p", String(pid), "-o", "stat=", "-o", "lstart=", "-o", "command="],
    {
      env: { ...process.env, LC_ALL: "C" },
      stderr: "ignore",
    },
  );
  // `S    Mon Nov 23 00:02:42 2026 /usr/bin/bun …`
  const match = /^\s*(\S+)\s+(\w+ \w+\s+\d+ [\d:]+ \d+)\s+(.*)$/.exec(child.stdout.toString().trimEnd());
  if (match?.[2] === undefined || match[1]?.startsWith("Z")) return null;
  return { pid, started: match[2], command: withoutSecrets(match[3] ?? "") };
}

/** Asks the process to end, and forces it after the grace; true when it is gone. Does nothing to a process that is not the recorded one. */
export async function endProcess(recorded: ProcessIdentity, graceMs: number): Promise<boolean> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (!isStillRunning(recorded)) return true;
    sendSignal(recorded.pid, signal);
    const deadline = performance.now() + (signal === "SIGTERM" ? graceMs : KILL_WAIT_MS);
    while (performance.now() < deadline) {
      if (!isStillRunning(recorded)) return true;
      await Bun.sleep(POLL_MS);
    }
  }
  return !isStillRunning(recorded);
}

/** SIGKILL works at once unless the process hangs in the kernel. */
const KILL_WAIT_MS = 2_000;
const POLL_MS = 50;

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended between the look and the signal, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

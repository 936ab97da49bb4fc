/** Which ports of the loopback interface are free, and who holds the others. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { PORT_MAX } from "@synapse/shared/config.ts";

export async function isPortFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once("error", () => resolve(false));
  server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  return promise;
}

export interface PortHolder {
  readonly pid: number;
  readonly command: string;
}

/** The process that listens on the port, as far as this user may know. */
export function portHolder(port: number): PortHolder | null {
  return process.platform === "linux" ? holderFromProc(port) : holderFromLsof(port);
}

/** The first port from which `count` ports in a row are free; null where none was found nearby. */
export async function freeBasePort(from: number, count: number): Promise<number | null> {
  const last = Math.min(from + SEARCH_WIDTH, PORT_MAX - count + 1);
  for (let base = from; base <= last; base += 1) {
    let free = 0;
    while (free < count && (await isPortFree(base + free))) free += 1;
    if (free === count) return base;
    base += free;
  }
  return null;
}

/** Far enough to get past other swarms on this machine. */
const SEARCH_WIDTH = 2_000;
/** The state LISTEN in /proc/net/tcp. */
const LISTENING = "0A";

function holderFromProc(port: number): PortHolder | null {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  const inodes = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of readText(table).split("\n").slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(`:${wanted}`) && fields[3] === LISTENING && fields[9] !== undefined)
        inodes.add(`socket:[${fields[9]}]`);
    }
  }
  if (inodes.size === 0) return null;
  for (const pid of readNames("/proc").filter((name) => /^\d+$/.test(name))) {
    const holds = readNames(`/proc/${pid}/fd`).some((fd) => inodes.has(readLink(`/proc/${pid}/fd/${fd}`)));
    if (holds) {
      return { pid: Number(pid), command: readText(`/proc/${pid}/cmdline`).split("\0").join(" ").trim() };
    }
  }
  return null;
}

function holderFromLsof(port: number): PortHolder | null {
  if (Bun.which("lsof") === null) return null;
  const found = Bun.spawnSync(["lsof", "-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"], { stderr: "ignore" });
  const [, pid, command] = /p(\d+)\nc(.*)/.exec(found.stdout.toString()) ?? [];
  return pid === undefined ? null : { pid: Number(pid), command: command ?? "" };
}

// A process may end, or belong to another user, while it is looked at: then it simply tells nothing.
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function readNames(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

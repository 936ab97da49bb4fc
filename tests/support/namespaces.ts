/**
 * Network namespaces: machines of their own, as far as the network goes, joined by a bridge. Needs Linux, root and
 * iproute2; nothing of it stays when `close` was called.
 */
import { spawnSync } from "node:child_process";

export interface Namespaces {
  /** Put before a command to run it on the n-th machine. */
  prefix(n: number): readonly string[];
  /** Address of the n-th machine. */
  address(n: number): string;
  /** The network that all of them are in, as CIDR. */
  readonly network: string;
  close(): void;
}

/** @returns why there can be no namespaces on this machine, or null. */
export function namespacesMissing(): string | null {
  if (process.platform !== "linux") return "needs Linux";
  if (process.getuid?.() !== 0) return "needs root";
  if (spawnSync("ip", ["-V"]).status !== 0) return "needs the ip command (iproute2)";
  const probe = `synapse-probe-${process.pid}`;
  if (spawnSync("ip", ["netns", "add", probe]).status !== 0)
    return "this machine allows no network namespaces";
  spawnSync("ip", ["netns", "del", probe]);
  return null;
}

export function openNamespaces(count: number): Namespaces {
  // 10.213.x.0/24, x by process, so that two runs on one machine do not meet.
  const subnet = `10.213.${process.pid % 250}`;
  const bridge = `syn${process.pid % 100_000}b`;
  const name = (n: number) => `synapse-${process.pid}-${n}`;
  const address = (n: number) => `${subnet}.${n + 10}`;

  function ip(...args: string[]): void {
    const { status, stderr } = spawnSync("ip", args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr}`);
  }

  function close(): void {
    for (let n = 0; n < count; n++) spawnSync("ip", ["netns", "del", name(n)]);
    spawnSync("ip", ["link", "del", bridge]);
  }

  try {
    ip("link", "add", bridge, "type", "bridge");
    ip("addr", "add", `${subnet}.1/24`, "dev", bridge);
    ip("link", "set", bridge, "up");
    for (let n = 0; n < count; n++) {
      const end = `${bridge}${n}`;
      ip("netns", "add", name(n));
      ip("link", "add", end, "type", "veth", "peer", "name", "eth0", "netns", name(n));
      ip("link", "set", end, "master", bridge, "up");
      ip("netns", "exec", name(n), "ip", "addr", "add", `${address(n)}/24`, "dev", "eth0");
      ip("netns", "exec", name(n), "ip", "link", "set", "eth0", "up");
      ip("netns", "exec", name(n), "ip", "link", "set", "lo", "up");
    }
  } catch (cause) {
    close();
    throw cause;
  }
  return { prefix: (n) => ["ip", "netns", "exec", name(n)], address, network: `${subnet}.0/24`, close };
}

/**
 * A process that keeps or restores one snapshot and prints its largest memory, in MiB: `save` or `restore`, the data dir,
 * the Hub. Linux only, where the kernel keeps that number.
 */
import { readFileSync } from "node:fs";
import { createSnapshots } from "@synapse/spore/backup/snapshot.ts";

const [what, dataDir = "", hubUrl = ""] = process.argv.slice(2);
const told = Promise.withResolvers<string>();
const snapshots = createSnapshots({
  repo: "ada/snapshots",
  token: "hf_snapshots",
  passphrase: "a passphrase for the probe",
  intervalMs: 10,
  hubUrl,
  name: "probe",
  dataDir,
  info: (message) => told.resolve(message),
  warn: (message) => (message.includes("longer than") ? undefined : told.reject(new Error(message))),
});
if (what === "save") {
  snapshots.start();
  await told.promise;
  await snapshots.stop();
} else {
  const restored = await snapshots.restore();
  if (!restored.ok || restored.value !== "restored") throw new Error(JSON.stringify(restored));
}
const [, kibibytes] = /VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
process.stdout.write(`${Math.round(Number(kibibytes) / 1024)}\n`);

/**
 * What a launch on this machine would do: what is wanted against what is there. Pure; nothing is touched.
 *
 * 1. The same settings and observations give the same plan.
 * 2. An obstacle is what a launch cannot mend by itself; with one, nothing is begun.
 */

import type { Role } from "@synapse/shared/contract/entry.ts";
import { isLoopbackUrl } from "@synapse/shared/loopback.ts";
import { type Settings, servesPage } from "../../settings.ts";
import { dataDirAt, PAGE_NAME, sporeName } from "./data-dir.ts";
import type { PortHolder } from "./ports.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import { roleOf, sporeUrl } from "./spore-environment.ts";

export interface NamedProcess {
  readonly name: string;
  readonly process: ProcessIdentity;
}

export interface TakenPort {
  readonly port: number;
  readonly name: string;
  readonly holder: PortHolder | null;
}

/** What was found; gathered by `observe`, judged by `planLaunch`. */
export interface Observation {
  /** A launcher that works on this data dir right now. */
  readonly running: { readonly pid: number; readonly startedAt: string } | null;
  /** Processes of a launch that is no more, proven to be ours. */
  readonly leftovers: readonly NamedProcess[];
  readonly staleFiles: readonly string[];
  readonly hasOperatorKey: boolean;
  readonly hasOperatorToken: boolean;
  readonly sporesWithData: readonly string[];
  readonly takenPorts: readonly TakenPort[];
  /** Where as many ports as needed are free in a row; null if nothing was found or none was taken. */
  readonly freeBasePort: number | null;
  readonly freePagePort: number | null;
  /** Null where no page is wanted. */
  readonly pageIsBuilt: boolean | null;
  readonly sporeScriptExists: boolean;
  readonly pageFolderExists: boolean;
  readonly bootstrapFileExists: boolean;
}

export type Step =
  | { readonly kind: "end-leftover"; readonly name: string; readonly pid: number }
  | { readonly kind: "remove-stale-file"; readonly file: string }
  | { readonly kind: "make-operator-key"; readonly file: string }
  | { readonly kind: "make-operator-token"; readonly file: string }
  | {
      readonly kind: "start-spore";
      readonly name: string;
      readonly role: Role;
      readonly url: string;
      readonly data: "new" | "kept";
    }
  | { readonly kind: "build-page" }
  | { readonly kind: "serve-page"; readonly url: string }
  | { readonly kind: "deploy-page"; readonly place: string; readonly name: string }
  | { readonly kind: "wait-for-health"; readonly timeoutMs: number }
  | { readonly kind: "write-swarm-file"; readonly file: string };

export interface LaunchPlan {
  readonly obstacles: readonly string[];
  readonly steps: readonly Step[];
}

export function planLaunch(settings: Settings, observed: Observation): LaunchPlan {
  const dataDir = dataDirAt(settings.dataDir);
  const steps: Step[] = [
    ...observed.leftovers.map(({ name, process: { pid } }): Step => ({ kind: "end-leftover", name, pid })),
    ...observed.staleFiles.map((file): Step => ({ kind: "remove-stale-file", file })),
  ];
  if (!observed.hasOperatorKey) steps.push({ kind: "make-operator-key", file: dataDir.operatorKey });
  if (!observed.hasOperatorToken) steps.push({ kind: "make-operator-token", file: dataDir.operatorToken });
  for (let index = 0; index < settings.count; index += 1) {
    const name = sporeName(index);
    steps.push({
      kind: "start-spore",
      name,
      role: roleOf(index),
      url: sporeUrl(settings, index),
      data: observed.sporesWithData.includes(name) ? "kept" : "new",
    });
  }
  if (settings.deployPage) {
    if (observed.pageIsBuilt !== true) steps.push({ kind: "build-page" });
    if (servesPage(settings)) steps.push({ kind: "serve-page", url: pageUrl(settings) });
    else steps.push({ kind: "deploy-page", place: settings.pageTarget, name: settings.pageName });
  }
  steps.push({ kind: "wait-for-health", timeoutMs: settings.startTimeoutMs });
  steps.push({ kind: "write-swarm-file", file: dataDir.swarmFile });
  return { obstacles: obstacles(settings, observed), steps };
}

export function pageUrl(settings: Settings): string {
  return `http://127.0.0.1:${settings.pagePort}`;
}

export function stepText(step: Step): string {
  switch (step.kind) {
    case "end-leftover":
      return `end ${step.name} (pid ${step.pid}), left over from a launch that was killed`;
    case "remove-stale-file":
      return `remove ${step.file}, left over from a launch that was killed`;
    case "make-operator-key":
      return `make the operator key ${step.file}`;
    case "make-operator-token":
      return `make the operator token ${step.file}`;
    case "start-spore":
      return `start ${step.name} (${step.role}) on ${step.url}${step.data === "kept" ? ", with what it remembers" : ""}`;
    case "build-page":
      return "build the Command Center";
    case "serve-page":
      return `serve the Command Center on ${step.url}`;
    case "deploy-page":
      return `deploy the Command Center as ${step.name} to ${step.place === "hf" ? "a static Space" : "Vercel"}`;
    case "wait-for-health":
      return `wait until all of it is healthy (at most ${step.timeoutMs / 1000} s)`;
    case "write-swarm-file":
      return `write ${step.file}`;
  }
}

/** This machine's own addresses are not on any way. */
function isPlainHttp(value: string): boolean {
  return /^http:/i.test(value) && URL.canParse(value) && !isLoopbackUrl(value);
}

function obstacles(settings: Settings, observed: Observation): string[] {
  if (observed.running !== null) {
    const { pid, startedAt } = observed.running;
    return [
      `a swarm already runs on ${settings.dataDir} (launcher pid ${pid}, since ${startedAt}). ` +
        "Stop it with: bun run launch down, or give this one another --data-dir and --base-port",
    ];
  }
  const found: string[] = [];
  if (!observed.sporeScriptExists) found.push("the spore's program is missing from this clone");
  if (settings.deployPage && !observed.pageFolderExists) {
    found.push("the Command Center is missing from this clone; launch without --deploy-cc");
  }
  if (!observed.bootstrapFileExists && settings.bootstrap.kind === "given") {
    found.push(
      `--bootstrap: there is no file ${settings.bootstrap.value}; give an https URL, a file or none`,
    );
  }
  if (settings.bootstrap.kind === "given" && isPlainHttp(settings.bootstrap.value)) {
    found.push(
      `--bootstrap: ${settings.bootstrap.value} travels in the clear and could be replaced on the way; give an https URL, a file or none`,
    );
  }
  const leftoverPids = new Set(observed.leftovers.map(({ process: { pid } }) => pid));
  for (const taken of observed.takenPorts) {
    if (taken.holder !== null && leftoverPids.has(taken.holder.pid)) continue;
    found.push(
      takenPortText(taken, taken.name === PAGE_NAME ? observed.freePagePort : observed.freeBasePort),
    );
  }
  return found;
}

/** @param free where it could be instead; null where nothing was found */
export function takenPortText({ port, name, holder }: TakenPort, free: number | null): string {
  const who = holder === null ? "another process" : `pid ${holder.pid} (${holder.command.slice(0, 80)})`;
  const mend = `--${name === PAGE_NAME ? "cc" : "base"}-port ${free ?? "<a free port>"}`;
  return `port ${port}, wanted by ${name}, is taken by ${who}; end it or launch with ${mend}`;
}

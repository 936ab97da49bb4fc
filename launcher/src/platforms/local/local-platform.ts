/** A swarm of processes on this machine. */
import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { swarmFileSchema } from "@synapse/shared/contract/swarm-file.ts";
import type { PageHost } from "../../pages/page-host.ts";
import type { PartStatus, Platform, SwarmStatus } from "../platform.ts";
import { readJsonFile } from "./atomic-file.ts";
import { type DataDir, dataDirAt, isOwnEntry, PAGE_NAME } from "./data-dir.ts";
import { probePage, probeSpore, sporeText } from "./health.ts";
import { readLaunchRecord } from "./launch-record.ts";
import { endEverything } from "./leftovers.ts";
import { showLogs } from "./logs.ts";
import { observe } from "./observation.ts";
import { openOperator } from "./operator.ts";
import { planLaunch, stepText } from "./plan.ts";
import { isStillRunning } from "./process-identity.ts";
import { type LaunchContext, launchLocally } from "./up.ts";

export function localPlatform(context: LaunchContext): Platform {
  const { settings, layout, output } = context;
  const dataDir = dataDirAt(settings.dataDir);
  return {
    plan: async () => {
      const plan = planLaunch(settings, await observe(settings, layout));
      return {
        obstacles: plan.obstacles,
        notices: settings.notices,
        steps: plan.steps.map((step) => ({ ...step, text: stepText(step) })),
      };
    },
    up: () => launchLocally(context),
    status: () => readStatus(dataDir),
    logs: (request) => showLogs(dataDir, request, output),
    down: async () => {
      const ended = await endEverything(dataDir, (text) => output.line(text));
      if (ended === null) {
        output.error(`some processes of ${dataDir.path} could not be ended; launch status names them`);
        return 1;
      }
      output.line(ended === 0 ? `nothing runs on ${dataDir.path}` : "stopped; what was remembered stays");
      return 0;
    },
    destruction: async () => {
      const page = await ownHostedPage(context, dataDir);
      const files = ownEntries(dataDir).map((name) => join(dataDir.path, name));
      return page === null ? files : [...files, `the Command Center ${page.label} on ${page.name}`];
    },
    destroy: async () => {
      const page = await ownHostedPage(context, dataDir);
      const removed = await page?.destroy();
      if (removed !== undefined && !removed.ok) {
        output.error(removed.error);
        return 1;
      }
      if ((await endEverything(dataDir, (text) => output.line(text))) === null) {
        output.error("nothing was removed, because some processes could not be ended");
        return 1;
      }
      return removeOwnEntries(dataDir, (text) => output.error(text));
    },
  };
}

/** A page elsewhere that this operator made; null for none, or for one that cannot be seen now. */
async function ownHostedPage(
  { openPage, settings, output }: LaunchContext,
  dataDir: DataDir,
): Promise<PageHost | null> {
  if (openPage === undefined || !existsSync(dataDir.operatorKey)) return null;
  const operator = openOperator(dataDir, undefined);
  const page = operator.ok ? await openPage(operator.value.publicKey) : operator;
  const state = page.ok ? await page.value.observe() : page;
  if (!state.ok) output.warn(`the page on ${settings.pageTarget} is left alone: ${state.error}`);
  return page.ok && state.ok && state.value.kind === "ours" ? page.value : null;
}

async function readStatus(dataDir: DataDir): Promise<SwarmStatus> {
  const record = readLaunchRecord(dataDir);
  const running = record !== null && isStillRunning(record.launcher);
  const swarm = swarmFileSchema.safeParse(readJsonFile(dataDir.swarmFile));
  const startedAt = running ? record.startedAt : null;
  if (!swarm.success) {
    // Still starting, or left over: the record is all there is to tell.
    const parts = (record?.children ?? []).filter(({ process }) => isStillRunning(process));
    return {
      target: "local",
      running,
      startedAt,
      parts: parts.map(({ name, process }) => ({
        name,
        role: null,
        url: "",
        pid: process.pid,
        healthy: false,
        detail: running ? "is starting" : "is left over from a launch that was killed",
      })),
    };
  }
  /** The launcher ends what it started, and says so here until then; without it a pid is only what there was. */
  const isGone = (name: string): boolean => {
    const child = record?.children.find((one) => one.name === name);
    return !running && (child === undefined || !isStillRunning(child.process));
  };
  const gone = { pid: null, healthy: false, detail: "is gone, as its launcher is" };
  const spores = swarm.data.spores.map(async ({ id, role, url, pid }): Promise<PartStatus> => {
    if (isGone(id)) return { name: id, role, url, ...gone };
    const probe = await probeSpore(url, id);
    const detail = probe.ok ? sporeText(probe.value) : probe.reason;
    return { name: id, role, url, pid, healthy: probe.ok, detail };
  });
  const page = swarm.data.commandCenter;
  const pages = (page === null ? [] : [page]).map(async ({ url, pid }): Promise<PartStatus> => {
    if (pid !== null && isGone(PAGE_NAME)) return { name: PAGE_NAME, role: null, url, ...gone };
    const probe = await probePage(url);
    const detail = probe.ok ? "serves the page" : probe.reason;
    return { name: PAGE_NAME, role: null, url, pid, healthy: probe.ok, detail };
  });
  return { target: "local", running, startedAt, parts: await Promise.all([...spores, ...pages]) };
}

function ownEntries(dataDir: DataDir): string[] {
  return existsSync(dataDir.path) ? readdirSync(dataDir.path).filter(isOwnEntry) : [];
}

function removeOwnEntries(dataDir: DataDir, complain: (text: string) => void): number {
  try {
    for (const name of ownEntries(dataDir))
      rmSync(join(dataDir.path, name), { recursive: true, force: true });
    if (existsSync(dataDir.path) && readdirSync(dataDir.path).length === 0) rmdirSync(dataDir.path);
    return 0;
  } catch (error) {
    complain(`${dataDir.path} could not be removed completely: ${(error as Error).message}`);
    return 1;
  }
}

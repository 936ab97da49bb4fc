/** What is there before a launch: processes, files, ports. Looks, and touches nothing. */
import { existsSync } from "node:fs";
import type { Layout } from "../../layout.ts";
import { type Settings, servesPage } from "../../settings.ts";
import { type DataDir, dataDirAt, PAGE_NAME, sporeName } from "./data-dir.ts";
import { readLaunchRecord } from "./launch-record.ts";
import { isPageBuilt } from "./page-build.ts";
import type { Observation, TakenPort } from "./plan.ts";
import { freeBasePort, isPortFree, portHolder } from "./ports.ts";
import { isStillRunning } from "./process-identity.ts";

export async function observe(settings: Settings, layout: Layout): Promise<Observation> {
  const dataDir = dataDirAt(settings.dataDir);
  const record = readLaunchRecord(dataDir);
  const running = record !== null && isStillRunning(record.launcher) ? record : null;
  const leftovers =
    record === null || running !== null
      ? []
      : record.children.filter(({ process }) => isStillRunning(process));
  const takenPorts = running === null ? await findTakenPorts(settings) : [];
  const sporePorts = takenPorts.filter(({ name }) => name !== PAGE_NAME);
  const names = Array.from({ length: settings.count }, (_, index) => sporeName(index));
  return {
    running: running === null ? null : { pid: running.launcher.pid, startedAt: running.startedAt },
    leftovers,
    staleFiles: running === null ? staleFiles(dataDir) : [],
    hasOperatorKey: existsSync(dataDir.operatorKey),
    hasOperatorToken: existsSync(dataDir.operatorToken),
    sporesWithData: names.filter((name) => existsSync(dataDir.spore(name))),
    takenPorts,
    freeBasePort: sporePorts.length === 0 ? null : await freeBasePort(settings.basePort + 10, settings.count),
    freePagePort:
      sporePorts.length === takenPorts.length ? null : await freeBasePort(settings.pagePort + 1, 1),
    pageIsBuilt: settings.deployPage ? isPageBuilt(layout) : null,
    sporeScriptExists: existsSync(layout.sporeScript),
    pageFolderExists: existsSync(layout.pageFolder),
    bootstrapFileExists:
      settings.bootstrap.kind === "given" &&
      (/^https?:/.test(settings.bootstrap.value) || existsSync(settings.bootstrap.value)),
  };
}

function staleFiles(dataDir: DataDir): string[] {
  return [dataDir.swarmFile, dataDir.launchRecord].filter((file) => existsSync(file));
}

async function findTakenPorts(settings: Settings): Promise<TakenPort[]> {
  const wanted = Array.from({ length: settings.count }, (_, index) => ({
    name: sporeName(index),
    port: settings.basePort + index,
  }));
  if (servesPage(settings)) wanted.push({ name: PAGE_NAME, port: settings.pagePort });
  const taken: TakenPort[] = [];
  for (const { name, port } of wanted) {
    if (!(await isPortFree(port))) taken.push({ name, port, holder: portHolder(port) });
  }
  return taken;
}

/**
 * Serves the Command Center on this machine for spores that live elsewhere, until it is told to stop.
 *
 * 1. It counts as served when it answers with the config.json of this swarm: another page on the port is not ours.
 * 2. launch.json names its process while it runs, so that `launch down` can end it and a launch that was killed is
 *    cleaned up after.
 */
import type { PageConfig } from "@synapse/shared/contract/swarm-file.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { dataDirAt, PAGE_NAME } from "../platforms/local/data-dir.ts";
import { getJson } from "../platforms/local/health.ts";
import { removeLaunchRecord, writeLaunchRecord } from "../platforms/local/launch-record.ts";
import { pageServer } from "../platforms/local/page-process.ts";
import { pageUrl, takenPortText } from "../platforms/local/plan.ts";
import { freeBasePort, isPortFree, portHolder } from "../platforms/local/ports.ts";
import { identifyProcess } from "../platforms/local/process-identity.ts";
import { Supervisor } from "../platforms/local/supervisor.ts";
import type { LaunchContext } from "../platforms/local/up.ts";
import { type Settings, servesPage } from "../settings.ts";
import type { StopRequest } from "../stop-request.ts";
import { pageConfigOf } from "./page-config.ts";

export interface LocalPageStay {
  readonly context: LaunchContext;
  readonly spores: readonly string[];
  readonly stop: StopRequest;
  /** Called once the page answers, and again with another pid whenever it had to be started anew. */
  readonly onServed: (pid: number | null) => void;
}

const POLL_MS = 200;

/** Why the page cannot be served from here, with the mend; null where it can, or where it goes elsewhere. */
export async function localPageObstacle(settings: Settings): Promise<string | null> {
  if (!servesPage(settings) || (await isPortFree(settings.pagePort))) return null;
  const taken = { name: PAGE_NAME, port: settings.pagePort, holder: portHolder(settings.pagePort) };
  return takenPortText(taken, await freeBasePort(settings.pagePort + 1, 1));
}

/** The page has been built before. Ends with the wish to stop, or with an error when the page cannot be kept up. */
export async function stayWithLocalPage(stay: LocalPageStay): Promise<Result<void, string>> {
  const { settings, layout, output, environment } = stay.context;
  const dataDir = dataDirAt(settings.dataDir);
  const config = pageConfigOf(settings, layout, stay.spores);
  const startedAt = new Date().toISOString();
  const gaveUp = Promise.withResolvers<"gave up">();
  let live = false;
  const supervisor = new Supervisor((event) => {
    const processes = supervisor.children.flatMap(({ name, process }) =>
      process === null ? [] : [{ name, process }],
    );
    const launcher = identifyProcess(process.pid);
    if (launcher !== null) writeLaunchRecord(dataDir, { startedAt, launcher, children: processes });
    if (event.kind === "started") {
      if (live) stay.onServed(event.pid);
      return;
    }
    for (const word of event.lastWords) output.line(output.dim(`  ${event.name} | ${word}`));
    output.warn(`the page's server died (${event.cause}); ${dataDir.log(PAGE_NAME)} says why`);
    if (event.restartInMs === null) gaveUp.resolve("gave up");
  });
  const logFile = dataDir.log(PAGE_NAME);
  supervisor.start(pageServer({ port: settings.pagePort, layout, config, logFile, environment }));
  const lost = err(
    `the Command Center cannot be served on port ${settings.pagePort}; ${logFile} says why. ` +
      "The spores stay where they are: mend it or choose another --cc-port, and run the same command again",
  );
  try {
    while (!(await isServed(settings, config))) {
      stay.stop.signal.throwIfAborted();
      if (supervisor.children.some((child) => child.gaveUp)) return lost;
      await Bun.sleep(POLL_MS);
    }
    supervisor.settle();
    live = true;
    stay.onServed(supervisor.children[0]?.process?.pid ?? null);
    output.line("The page is served from here until Ctrl-C; the spores stay where they are.");
    return (await Promise.race([stay.stop.requested, gaveUp.promise])) === "gave up" ? lost : ok(undefined);
  } finally {
    await supervisor.stop();
    removeLaunchRecord(dataDir);
  }
}

async function isServed(settings: Settings, config: PageConfig): Promise<boolean> {
  const answer = await getJson(new URL("/config.json", pageUrl(settings)).href);
  return answer.ok && Bun.deepEquals(answer.value.body, config);
}

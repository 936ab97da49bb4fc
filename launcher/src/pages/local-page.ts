/** Serves the Command Center on this machine for spores that live elsewhere, until it is told to stop. */
import { mkdirSync } from "node:fs";
import type { PageConfig } from "@synapse/shared/contract/swarm-file.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { dataDirAt, PAGE_NAME } from "../platforms/local/data-dir.ts";
import { probePage } from "../platforms/local/health.ts";
import { pageBootstrapUrl } from "../platforms/local/network-choice.ts";
import { buildPage } from "../platforms/local/page-build.ts";
import { pageServer } from "../platforms/local/page-process.ts";
import { pageUrl } from "../platforms/local/plan.ts";
import { Supervisor } from "../platforms/local/supervisor.ts";
import type { LaunchContext } from "../platforms/local/up.ts";
import type { StopRequest } from "../stop-request.ts";

export interface LocalPageStay {
  readonly context: LaunchContext;
  readonly spores: readonly string[];
  readonly stop: StopRequest;
  /** Called once the page answers. */
  readonly onServed: () => void;
}

const POLL_MS = 200;

export async function stayWithLocalPage({
  context,
  spores,
  stop,
  onServed,
}: LocalPageStay): Promise<Result<void, string>> {
  const { settings, layout, output, environment } = context;
  const dataDir = dataDirAt(settings.dataDir);
  mkdirSync(dataDir.logs, { recursive: true });
  const built = await buildPage(layout, dataDir.log(`${PAGE_NAME}-build`), stop.signal, (text) =>
    output.line(text),
  );
  if (!built.ok) return built;
  const config: PageConfig = {
    spores: [...spores],
    bootstrap: pageBootstrapUrl(settings.bootstrap, layout),
    ...(settings.mapboxToken === null ? {} : { mapboxToken: settings.mapboxToken }),
  };
  const supervisor = new Supervisor((event) => {
    if (event.kind === "died")
      output.warn(`the page's server died (${event.cause}); ${dataDir.log(PAGE_NAME)} says why`);
  });
  supervisor.start(
    pageServer({ port: settings.pagePort, layout, config, logFile: dataDir.log(PAGE_NAME), environment }),
  );
  try {
    for (;;) {
      stop.signal.throwIfAborted();
      if (supervisor.children.some(({ gaveUp }) => gaveUp)) {
        return err(
          `the Command Center cannot be served on port ${settings.pagePort}; choose another --cc-port`,
        );
      }
      if ((await probePage(pageUrl(settings))).ok) break;
      await Bun.sleep(POLL_MS);
    }
    supervisor.settle();
    onServed();
    output.line("The page is served from here until Ctrl-C; the spores stay where they are.");
    await stop.requested;
    return ok(undefined);
  } finally {
    await supervisor.stop();
  }
}

/** The process that serves the exported page on loopback, as the supervisor starts it. */
import type { PageConfig } from "@synapse/shared/contract/swarm-file.ts";
import type { Layout } from "../../layout.ts";
import type { Environment } from "../../settings.ts";
import { PAGE_NAME } from "./data-dir.ts";
import { pageOutput } from "./page-build.ts";
import { inheritedEnvironment } from "./spore-environment.ts";
import type { ChildSpec } from "./supervisor.ts";

export interface PageProcess {
  readonly port: number;
  readonly layout: Layout;
  readonly config: PageConfig;
  readonly logFile: string;
  readonly environment: Environment;
}

export function pageServer({ port, layout, config, logFile, environment }: PageProcess): ChildSpec {
  const { PATH = "", HOME = "" } = inheritedEnvironment(environment);
  return {
    name: PAGE_NAME,
    script: `${import.meta.dir}/page-server.ts`,
    environment: {
      PATH,
      HOME,
      PORT: String(port),
      PAGE_FOLDER: pageOutput(layout),
      PAGE_CONFIG: JSON.stringify(config),
    },
    cwd: layout.root,
    logFile,
  };
}

/** The files of a data dir. Everything the launcher or its spores make there is named in this file. */
import { join } from "node:path";

export interface DataDir {
  readonly path: string;
  readonly operatorKey: string;
  readonly operatorToken: string;
  readonly swarmFile: string;
  /** Which processes run, for a later start and for `launch down`. */
  readonly launchRecord: string;
  /** Held by the launcher as long as it lives. */
  readonly lock: string;
  /** There when the commander said no to the public network. */
  readonly networkRefusal: string;
  readonly logs: string;
  /** Keys and certificates of spores that live elsewhere. */
  readonly hosted: string;
  spore(name: string): string;
  log(name: string): string;
}

export function dataDirAt(path: string): DataDir {
  const logs = join(path, "logs");
  return {
    path,
    operatorKey: join(path, "operator.key"),
    operatorToken: join(path, "operator.token"),
    swarmFile: join(path, "swarm.json"),
    launchRecord: join(path, "launch.json"),
    lock: join(path, "launch.lock"),
    networkRefusal: join(path, "network.declined"),
    logs,
    hosted: join(path, "hosted"),
    spore: (name) => join(path, name),
    log: (name) => join(logs, `${name}.log`),
  };
}

/** The name of a local spore, of its folder and of its log. */
export function sporeName(index: number): string {
  return `spore-${index}`;
}

/** The name of the process that serves the Command Center, and of its log. */
export const PAGE_NAME = "command-center";

/** True for what `launch destroy` may remove from a data dir. */
export function isOwnEntry(name: string): boolean {
  return (
    /^spore-\d+$/.test(name) ||
    /^(operator\.(key|token)|swarm\.json|launch\.(json|lock)|network\.declined)(-journal|\.\d+\.tmp)?$/.test(
      name,
    ) ||
    name === "logs" ||
    name === "hosted"
  );
}

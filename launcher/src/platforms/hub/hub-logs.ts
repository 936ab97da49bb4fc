/** `launch logs` for hosted spores: what they wrote lately, and with --follow what they write. */
import type { Output } from "../../output.ts";
import { StopRequest } from "../../stop-request.ts";
import { didYouMean } from "../../suggestion.ts";
import type { LogsRequest } from "../platform.ts";
import { logEnd } from "./hosted-health.ts";
import type { HostedSpore } from "./hosted-spores.ts";
import { type HubAccess, spaceLogs, spaceRuntime } from "./hub-rest.ts";

export interface HubLogs {
  readonly hub: HubAccess;
  readonly spores: readonly HostedSpore[];
  readonly request: LogsRequest;
  readonly output: Output;
}

export async function showHubLogs({ hub, spores, request, output }: HubLogs): Promise<number> {
  const known = spores.map(({ name }) => name);
  const unknown = request.names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    output.error(`there is no spore "${unknown}"${didYouMean(unknown, known)} (spores: ${known.join(", ")})`);
    return 1;
  }
  const chosen = spores.filter(({ name }) => request.names.length === 0 || request.names.includes(name));
  const width = Math.max(...chosen.map(({ name }) => name.length));
  const show = (name: string, line: string) => {
    if (output.json) output.result({ name, line });
    else output.line(`${output.dim(`${name.padEnd(width)} |`)} ${line}`);
  };
  if (request.follow) return await follow(hub, chosen, show, output);
  const failures = await Promise.all(
    chosen.map(async ({ id, name }) => {
      const runtime = await spaceRuntime(hub, id);
      if (!runtime.ok) {
        output.error(`${name}: ${runtime.error.message}`);
        return true;
      }
      // What never ran has only the log of its build.
      const kind = /BUILD|CONFIG|NO_APP/.test(runtime.value.stage) ? "build" : "run";
      for (const line of await logEnd(hub, id, kind, request.lines)) show(name, line);
      return false;
    }),
  );
  return failures.some(Boolean) ? 1 : 0;
}

async function follow(
  hub: HubAccess,
  spores: readonly HostedSpore[],
  show: (name: string, line: string) => void,
  output: Output,
): Promise<number> {
  const stop = new StopRequest();
  stop.listen(() => undefined);
  let failed = false;
  // The Hub begins with the lines it has kept.
  await Promise.all(
    spores.map(async ({ id, name }) => {
      for await (const line of spaceLogs(hub, id, "run", stop.signal)) {
        if (line.ok) show(name, line.value);
        else {
          failed = true;
          output.error(`${name}: ${line.error.message}`);
        }
      }
    }),
  );
  stop.end();
  return failed ? 1 : 0;
}

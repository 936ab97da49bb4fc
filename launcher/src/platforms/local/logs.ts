/** `launch logs`: the last lines of every part, and what is added to them. */
import { existsSync, readdirSync } from "node:fs";
import type { Output } from "../../output.ts";
import { StopRequest } from "../../stop-request.ts";
import { didYouMean } from "../../suggestion.ts";
import type { LogsRequest } from "../platform.ts";
import type { DataDir } from "./data-dir.ts";
import { logSize, logTail, readLog } from "./log-file.ts";

const FOLLOW_POLL_MS = 300;

export async function showLogs(dataDir: DataDir, request: LogsRequest, output: Output): Promise<number> {
  const known = existsSync(dataDir.logs)
    ? readdirSync(dataDir.logs)
        .filter((file) => file.endsWith(".log"))
        .map((file) => file.slice(0, -".log".length))
        .sort()
    : [];
  if (known.length === 0) {
    output.error(`there are no logs in ${dataDir.logs}: nothing was launched on this data dir yet`);
    return 1;
  }
  const unknown = request.names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    output.error(`there is no log of "${unknown}"${didYouMean(unknown, known)} (logs: ${known.join(", ")})`);
    return 1;
  }
  const names = request.names.length === 0 ? known : request.names;
  const width = Math.max(...names.map((name) => name.length));
  const show = (name: string, line: string) => {
    if (output.json) output.result({ name, line });
    else output.line(`${output.dim(`${name.padEnd(width)} |`)} ${line}`);
  };
  const offsets = new Map(names.map((name) => [name, logSize(dataDir.log(name))]));
  for (const name of names) for (const line of logTail(dataDir.log(name), request.lines)) show(name, line);
  if (request.follow) await follow(dataDir, offsets, show);
  return 0;
}

async function follow(
  dataDir: DataDir,
  offsets: Map<string, number>,
  show: (name: string, line: string) => void,
): Promise<void> {
  const stop = new StopRequest();
  stop.listen(() => undefined);
  const rest = new Map<string, string>();
  while (!stop.signal.aborted) {
    for (const [name, offset] of offsets) {
      const path = dataDir.log(name);
      const size = logSize(path);
      // Shorter than before: it was rotated and starts anew.
      const from = size < offset ? 0 : offset;
      const lines = `${rest.get(name) ?? ""}${readLog(path, from, size)}`.split("\n");
      rest.set(name, lines.pop() ?? "");
      for (const line of lines) show(name, line);
      offsets.set(name, size);
    }
    await Promise.race([Bun.sleep(FOLLOW_POLL_MS), stop.requested]);
  }
  stop.end();
}

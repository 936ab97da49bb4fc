/** `launch status`, `logs`, `down` and `destroy`. */
import type { CommandContext } from "../commands.ts";
import { tableLines } from "../output.ts";
import { canAsk, confirm } from "../wizard.ts";
import { openRunningPlatform } from "./launch.ts";

const LOG_LINES = 40;

export async function runStatus(context: CommandContext): Promise<number> {
  const { output } = context;
  const opened = openRunningPlatform(context);
  if (!opened.ok) return opened.error;
  const status = await opened.value.status();
  output.result(status);
  const { parts } = status;
  if (parts.length === 0) {
    output.line(
      status.running ? "a launch is just beginning" : "no swarm runs here; start one with: bun run launch",
    );
    return 1;
  }
  if (!status.running) output.warn("the launcher is gone; the next launch cleans up what is left");
  const lines = tableLines(
    parts.map(({ name, role, url, pid, detail }) => [
      name,
      role ?? "",
      url,
      pid === null ? "" : `pid ${pid}`,
      detail,
    ]),
  );
  for (const [index, line] of lines.entries()) {
    output.line(`${parts[index]?.healthy ? output.green("●") : output.red("○")} ${line}`);
  }
  return status.running && parts.every(({ healthy }) => healthy) ? 0 : 1;
}

export async function runLogs(context: CommandContext): Promise<number> {
  const { parsed, output } = context;
  const lines = parsed.integer("lines") ?? LOG_LINES;
  if (lines < 0) {
    output.error("--lines expects 0 or more");
    return 2;
  }
  const opened = openRunningPlatform(context);
  if (!opened.ok) return opened.error;
  return opened.value.logs({ names: parsed.positionals, lines, follow: parsed.has("follow") });
}

export async function runDown(context: CommandContext): Promise<number> {
  const opened = openRunningPlatform(context);
  if (!opened.ok) return opened.error;
  const exitCode = await opened.value.down();
  context.output.result({ stopped: exitCode === 0 });
  return exitCode;
}

export async function runDestroy(context: CommandContext): Promise<number> {
  const { parsed, output } = context;
  const opened = openRunningPlatform(context);
  if (!opened.ok) return opened.error;
  const doomed = await opened.value.destruction();
  if (doomed === null) {
    output.result({ removed: [] });
    return 1;
  }
  if (doomed.length === 0) {
    output.line("there is nothing to remove");
    output.result({ removed: [] });
    return 0;
  }
  output.line("This removes for good:");
  for (const item of doomed) output.line(`  ${item}`);
  if (!parsed.has("yes")) {
    if (!canAsk(context.environment) || output.json) {
      output.error("nothing was removed: without a terminal to ask on, destroy needs --yes");
      return 2;
    }
    if (!(await confirm("Remove all of it?", false))) {
      output.line("nothing was removed");
      return 1;
    }
  }
  const exitCode = await opened.value.destroy();
  if (exitCode === 0) output.line("removed");
  output.result({ removed: exitCode === 0 ? doomed : [] });
  return exitCode;
}

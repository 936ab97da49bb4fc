/** `spore`: one spore in the foreground. A process of its own, because launcher and spore import nothing of each other. */
import type { CommandContext } from "../commands.ts";
import { StopRequest } from "../stop-request.ts";

const PARENT_WATCH = Bun.fileURLToPath(new URL("../platforms/local/parent-watch.ts", import.meta.url));
/** What a shell reports for a process that SIGKILL ended. */
const EXIT_KILLED = 137;

export async function runSpore(context: CommandContext): Promise<number> {
  const child = Bun.spawn([process.execPath, "--preload", PARENT_WATCH, context.layout.sporeScript], {
    cwd: context.cwd,
    env: { ...context.environment, SPORE_PARENT_PID: String(process.pid) },
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    // In a session of its own it gets one request to stop, not one from the terminal and one from here.
    detached: true,
  });
  const stop = new StopRequest();
  stop.listen(() => child.kill("SIGKILL"));
  void stop.requested.then(() => child.kill("SIGTERM"));
  await child.exited;
  stop.end();
  return child.exitCode ?? EXIT_KILLED;
}

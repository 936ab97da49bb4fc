/**
 * The entry of every command: `bun launcher/src/main.ts <command> …`.
 *
 * It imports built-ins and the equally dependency-free installer only; the rest is loaded once it is certain that
 * the dependencies are there, so that a fresh clone needs one command.
 */
import { ensureDependencies } from "./dependencies.ts";

const installation = await ensureDependencies();
if (!installation.ok) {
  process.stderr.write(`error: ${installation.message}\n`);
  process.exit(1);
}
if (installation.installed) process.exit(await startAgain());
const { runCommandLine } = await import("./cli.ts");
// Exit at once instead of draining: a keep-alive connection of fetch would otherwise hold the process for seconds.
process.exit(await runCommandLine(process.argv.slice(2)));

/**
 * This process looked for packages before they were there, and Bun remembers that they were not. A fresh one with the
 * same arguments finds them; signals are passed on, and its exit code is ours.
 */
async function startAgain(): Promise<number> {
  const child = Bun.spawn([process.execPath, ...process.argv.slice(1)], {
    // It looks after this process (stop-request.ts): killed outright, this one could tell it nothing any more.
    env: { ...process.env, SPORE_PARENT_PID: String(process.pid) },
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  return await child.exited;
}

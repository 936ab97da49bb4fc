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
const { runCommandLine } = await import("./cli.ts");
// Exit at once instead of draining: a keep-alive connection of fetch would otherwise hold the process for seconds.
process.exit(await runCommandLine(process.argv.slice(2)));

/**
 * Runs the `build` script of the current folder as a process group of its own, and ends the whole group when it is told
 * to stop or the launcher is gone (parent-watch.ts): a build tool starts workers that would outlive it.
 */
const build = Bun.spawn([process.execPath, "--bun", "run", "build"], {
  stdin: "ignore",
  stdout: "inherit",
  stderr: "inherit",
  detached: true,
});

process.on("SIGTERM", () => {
  if (build.exitCode === null) process.kill(-build.pid, "SIGKILL");
  process.exit(143);
});

process.exit(await build.exited);

/**
 * Preloaded into every process the launcher starts (`bun --preload`): ends it when the launcher is gone.
 *
 * A launcher that is killed outright (SIGKILL, out of memory) cannot stop anything any more, so its children look
 * after themselves. A process whose parent died gets another parent; that is looked for twice a second.
 * The process is asked with SIGTERM, so that it ends in order, and forced if it does not.
 */
const POLL_MS = 500;
/** As long as the launcher itself would wait. */
const GRACE_MS = 10_000;

const parent = Number(process.env.SPORE_PARENT_PID);
if (Number.isSafeInteger(parent) && parent > 0) {
  const poll = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(poll);
    setTimeout(() => process.kill(process.pid, "SIGKILL"), GRACE_MS).unref();
    process.kill(process.pid, "SIGTERM");
  }, POLL_MS);
  poll.unref();
}

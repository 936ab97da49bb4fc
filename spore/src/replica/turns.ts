/** What must not be done twice at once takes turns, in the order asked for. */

/** Runs a work when all before it are over, and hands its outcome over. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const run = last.then(work);
    // The caller gets the failure; the next in turn only needs to know that this one is over.
    last = run.catch(() => undefined);
    return run;
  };
}

/**
 * Group commit: jobs wait in one queue, a single writer takes them in groups, one durable batch a group.
 *
 * Two stages overlap: while a group is being written, the next one is already being prepared (signed, off the main
 * thread). Preparation draws counters; should the write of a group fail, the group prepared after it fails with it, so
 * that no counter is ever skipped or used twice.
 */

export interface WriteJob<Row, Stored> {
  /** Entries at most. */
  readonly size: number;
  /** Draws counters at once, in queue order; resolves when the rows can be written. */
  prepare(): Promise<readonly Row[]>;
  settle(stored: readonly Stored[]): void;
  fail(cause: unknown): void;
}

export interface WriteQueueOptions<Row, Stored> {
  /** Entries in one group: enough to amortise the flush, few enough to keep a turn of the event loop short. */
  readonly groupMax: number;
  /** Entries that may wait; beyond it a job is not taken. */
  readonly queueMax: number;
  /** Writes the rows of a group, all or none, durable when it resolves. */
  write(
    groups: readonly { readonly job: WriteJob<Row, Stored>; readonly rows: readonly Row[] }[],
  ): Promise<void>;
  /** A write failed: what was prepared after it is void. */
  rollBack(cause: unknown): void;
}

interface Prepared<Row, Stored> {
  readonly jobs: readonly WriteJob<Row, Stored>[];
  readonly rows: Promise<readonly (readonly Row[])[]>;
}

export function createWriteQueue<Row, Stored>(options: WriteQueueOptions<Row, Stored>) {
  const queue: WriteJob<Row, Stored>[] = [];
  let waiting = 0;
  let draining: Promise<void> | null = null;

  function prepareNext(): Prepared<Row, Stored> | null {
    const jobs: WriteJob<Row, Stored>[] = [];
    let size = 0;
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      if (jobs.length > 0 && size + next.size > options.groupMax) break;
      size += next.size;
      jobs.push(next);
      queue.shift();
    }
    waiting -= size;
    if (jobs.length === 0) return null;
    const rows = Promise.all(jobs.map((job) => job.prepare()));
    // It is awaited only after the group before it was written; until then a rejection is not unhandled.
    rows.catch(() => undefined);
    return { jobs, rows };
  }

  async function run(): Promise<void> {
    await drain();
    // A job may have come between the last look at the queue and this turn.
    draining = queue.length > 0 ? run() : null;
  }

  async function drain(): Promise<void> {
    // Everything that was asked for in this turn of the event loop joins the first group.
    await Promise.resolve();
    for (let group = prepareNext(); group !== null; ) {
      const following = prepareNext();
      try {
        const rows = await group.rows;
        await options.write(group.jobs.map((job, i) => ({ job, rows: rows[i] ?? [] })));
      } catch (cause) {
        options.rollBack(cause);
        for (const job of [...group.jobs, ...(following?.jobs ?? [])]) job.fail(cause);
        group = prepareNext();
        continue;
      }
      group = following ?? prepareNext();
    }
  }

  return {
    /** @returns false when the queue is full: nothing was taken. */
    add(job: WriteJob<Row, Stored>): boolean {
      if (waiting + job.size > options.queueMax) return false;
      waiting += job.size;
      queue.push(job);
      draining ??= run();
      return true;
    },

    /** Resolves when everything taken so far is written or refused. */
    async settled(): Promise<void> {
      while (draining) await draining;
    },
  };
}

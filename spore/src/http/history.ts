/**
 * Time series of this spore's own figures, so that a page opened now shows yesterday.
 *
 * One sample a minute for a week, then the mean of each hour for a year. Buckets without a sample are null: a gap is
 * shown as a gap, never as zero and never bridged. An hour becomes its mean when it is whole and over a week old, and
 * once only: a mean of means would weigh its samples unequally.
 */

import type { Client, InStatement } from "@libsql/client";

export const SAMPLE_MS = 60_000;
const FINE_KEPT_MS = 7 * 24 * 3_600_000;
const COARSE_MS = 3_600_000;
const COARSE_KEPT_MS = 366 * 24 * 3_600_000;
/** Points in one reply: more than a wide screen has room for. */
export const POINTS_MAX = 2_000;

export interface Metric {
  readonly unit: string;
  /** What it says, for people. */
  readonly title: string;
  /** Money and the like: kept from everybody but the commander. */
  readonly commanderOnly?: boolean;
  /** Null while there is nothing to measure. */
  readonly read: () => number | null;
}

export interface HistoryQuery {
  readonly metric: string;
  /** ms since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
}

export interface HistoryDeps {
  readonly client: Client;
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly now: () => number;
  readonly warn: (message: string, details?: Record<string, unknown>) => void;
}

export type History = ReturnType<typeof createHistory>;

/** Makes one sample, the mean, of each whole hour that is no longer kept in minutes; drops what is over a year old. */
function thinning(at: number): InStatement[] {
  const fineFrom = Math.floor((at - FINE_KEPT_MS) / COARSE_MS) * COARSE_MS;
  return [
    {
      sql: `INSERT OR REPLACE INTO history
        SELECT metric, at / ${COARSE_MS} * ${COARSE_MS} AS hour, avg(value) FROM history
        WHERE at < ? GROUP BY metric, hour HAVING max(at) > hour`,
      args: [fineFrom],
    },
    { sql: `DELETE FROM history WHERE at < ? AND at % ${COARSE_MS} <> 0`, args: [fineFrom] },
    { sql: "DELETE FROM history WHERE at < ?", args: [at - COARSE_KEPT_MS] },
  ];
}

export function createHistory({ client, metrics, now, warn }: HistoryDeps) {
  let timer: ReturnType<typeof setInterval> | null = null;
  let thinnedAt = 0;

  async function sample(): Promise<void> {
    const at = Math.floor(now() / SAMPLE_MS) * SAMPLE_MS;
    const statements: InStatement[] = [];
    for (const [name, metric] of Object.entries(metrics)) {
      const value = metric.read();
      if (value !== null && Number.isFinite(value)) {
        statements.push({ sql: "INSERT OR REPLACE INTO history VALUES (?, ?, ?)", args: [name, at, value] });
      }
    }
    // Either way: a clock that was set back must not put off thinning until it has caught up.
    const thins = Math.abs(at - thinnedAt) >= COARSE_MS;
    if (thins) statements.push(...thinning(at));
    await client.batch(statements, "write");
    if (thins) thinnedAt = at;
  }

  const trySample = () =>
    sample().catch((cause: unknown) => warn("history could not be written", { cause: String(cause) }));

  return {
    names: (authorised: boolean) =>
      Object.entries(metrics)
        .filter(([, { commanderOnly }]) => authorised || commanderOnly !== true)
        .map(([metric, { unit, title }]) => ({ metric, unit, title })),
    has: (metric: string, authorised: boolean): boolean =>
      Object.hasOwn(metrics, metric) && (authorised || metrics[metric]?.commanderOnly !== true),

    /** Takes one sample now: what the timer does each minute. */
    sample,

    start(): void {
      void trySample();
      timer = setInterval(trySample, SAMPLE_MS);
    },

    /** Means of the samples in each bucket; null where there was none. Steps are an hour at least where it begins over a week ago. */
    async read({ metric, from, to, stepMs: wanted }: HistoryQuery) {
      // Where only hours are kept, shorter steps would show gaps that are none.
      const stepMs = from < now() - FINE_KEPT_MS ? Math.max(wanted, COARSE_MS) : wanted;
      const start = Math.floor(from / stepMs) * stepMs;
      const rows = await client.execute({
        // Arguments arrive as floating point numbers, so the division has to be cut by hand.
        sql: "SELECT CAST((at - ?) / ? AS INTEGER) AS bucket, avg(value) FROM history WHERE metric = ? AND at >= ? AND at <= ? GROUP BY bucket",
        args: [start, stepMs, metric, start, to],
      });
      const means = new Map(rows.rows.map((row) => [Number(row[0]), Number(row[1])]));
      const count = Math.floor((to - start) / stepMs) + 1;
      const points = Array.from(
        { length: count },
        (_, bucket) => [start + bucket * stepMs, means.get(bucket) ?? null] as [number, number | null],
      );
      return { metric, unit: metrics[metric]?.unit ?? "", step_s: stepMs / 1_000, points };
    },

    stop(): void {
      if (timer !== null) clearInterval(timer);
    },
  };
}

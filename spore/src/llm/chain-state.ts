/**
 * Where the chain's memory lives: one table of named JSON values, so that limits, spending and lists of models survive
 * a restart. Operational state of this spore alone; losing it costs a few refused calls.
 *
 * Only rows that changed are written, a moment after they did, so that a busy chain does not write for every call.
 */
import type { Client, InStatement } from "@libsql/client";
import { z } from "zod";
import type { SavedBudget, Spending } from "./budget.ts";
import type { Clock } from "./clock.ts";
import type { Listing } from "./model-directory.ts";
import type { SavedLedger } from "./quota-ledger.ts";

export interface ChainState {
  readonly ledger: SavedLedger;
  readonly budget: SavedBudget;
  readonly listings: Readonly<Record<string, Listing>>;
}

export interface ChainStore {
  load(): Promise<ChainState>;
  save(state: ChainState): Promise<void>;
}

export const NO_STATE: ChainState = {
  ledger: { pools: {}, accounts: {}, gone: {} },
  budget: { days: {}, tasks: {} },
  listings: {},
};

const moment = z.number().min(0).max(8.64e15);
const amount = z.number().min(0);
const spendingSchema: z.ZodType<Spending> = z.object({ calls: amount, tokens: amount, usd: amount });
/** One schema for each kind of row; a row that does not fit is forgotten, never guessed at. */
const ROWS = {
  pool: z.object({
    meters: z.array(
      z.object({
        unit: z.enum(["requests", "tokens"]),
        window: z.enum(["second", "minute", "hour", "day", "month", "unstated"]),
        limit: amount.nullable(),
        remaining: amount.nullable(),
        resetsAt: moment.nullable(),
        readAt: moment,
      }),
    ),
    coolUntil: moment.nullable(),
    why: z.enum(["rate", "day"]).nullable(),
  }),
  account: z.object({ kind: z.enum(["key", "balance"]), until: moment, times: z.int().min(0) }),
  gone: moment,
  day: z.record(z.string(), spendingSchema),
  task: spendingSchema,
  listing: z.object({ models: z.array(z.string()), at: moment }),
} as const;
type RowKind = keyof typeof ROWS;

/** Rows that nobody wrote for this long belong to keys, models and tasks of the past. */
const KEPT_MS = 60 * 24 * 3_600_000;

export function createChainStore(client: Client, now: () => number): ChainStore {
  let written = new Map<string, string>();

  return {
    async load() {
      const rows = (await client.execute("SELECT key, value FROM model_chain")).rows;
      const read = <K extends RowKind>(kind: K): Record<string, z.infer<(typeof ROWS)[K]>> =>
        Object.fromEntries(
          rows.flatMap((row) => {
            const [found, ...rest] = String(row.key).split("/");
            if (found !== kind) return [];
            const parsed = ROWS[kind].safeParse(parse(String(row.value)));
            return parsed.success
              ? [[rest.join("/"), parsed.data as z.infer<(typeof ROWS)[K]>] as const]
              : [];
          }),
        );
      written = new Map(rows.map((row) => [String(row.key), String(row.value)]));
      return {
        ledger: { pools: read("pool"), accounts: read("account"), gone: read("gone") },
        budget: { days: read("day"), tasks: read("task") },
        listings: read("listing"),
      };
    },

    async save({ ledger, budget, listings }) {
      const groups: Readonly<Record<RowKind, Readonly<Record<string, unknown>>>> = {
        pool: ledger.pools,
        account: ledger.accounts,
        gone: ledger.gone,
        day: budget.days,
        task: budget.tasks,
        listing: listings,
      };
      const rows = new Map<string, string>(
        Object.entries(groups).flatMap(([kind, group]) =>
          Object.entries(group).map(([key, value]) => [`${kind}/${key}`, JSON.stringify(value)] as const),
        ),
      );
      const statements: InStatement[] = [];
      for (const [key, value] of rows) {
        if (written.get(key) === value) continue;
        statements.push({
          sql: "INSERT INTO model_chain (key, value, at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, at = excluded.at",
          args: [key, value, now()],
        });
      }
      for (const key of written.keys()) {
        if (!rows.has(key)) statements.push({ sql: "DELETE FROM model_chain WHERE key = ?", args: [key] });
      }
      if (statements.length === 0) return;
      statements.push({ sql: "DELETE FROM model_chain WHERE at < ?", args: [now() - KEPT_MS] });
      await client.batch(statements, "write");
      written = rows;
    },
  };
}

/** State is written this long after it changed, so that a burst of calls is one write. */
const SAVE_AFTER_MS = 500;

export function createStateSaver(deps: {
  readonly store: ChainStore | null;
  readonly clock: Clock;
  readonly state: () => ChainState;
  readonly warn: (message: string, details?: Record<string, unknown>) => void;
}) {
  const { store, clock, state, warn } = deps;
  let cancel: (() => void) | null = null;
  let saving: Promise<void> = Promise.resolve();

  async function save(): Promise<void> {
    await store?.save(state()).catch((cause: unknown) => {
      warn("the quota ledger could not be written", { cause: String(cause) });
    });
  }

  return {
    changed(): void {
      if (store === null || cancel !== null) return;
      cancel = clock.after(SAVE_AFTER_MS, () => {
        cancel = null;
        saving = saving.then(save);
      });
    },
    async close(): Promise<void> {
      cancel?.();
      await saving;
      await save();
    },
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // A damaged row is as good as none.
    return undefined;
  }
}

/**
 * Whom this spore does not listen to: the commander's own list, and lists of others that the commander subscribed to.
 *
 * Operational state of this spore, in tables of its own. A blocked author's cards and entries are not taken, what is held
 * of them is neither shown nor passed on, and no call is made or answered. Nothing is deleted: who is unblocked is there
 * again.
 *
 * Invariants:
 * 1. Neither list can block this spore's own operator: a list in bad hands cannot take a swarm apart.
 * 2. A subscribed list that cannot be fetched, or has another form, leaves the last good one in force.
 * 3. What is decided is durable before it is in force, one decision after the other: a list that the commander leaves
 *    while it is being refreshed does not come back.
 */
import type { Client, InStatement } from "@libsql/client";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import { type BlocklistChange, publishedBlocklistSchema } from "@synapse/shared/contract/federation.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import type { PeerRefusal } from "../gossip/card-reader.ts";
import type { FetchError, FetchedText, GuardedFetch } from "../gossip/guarded-fetch.ts";
import { createTurns } from "../replica/turns.ts";

export interface BlocklistDeps {
  readonly client: Client;
  readonly self: Certificate;
  readonly fetch: GuardedFetch;
  readonly log: (message: string, details: Readonly<Record<string, unknown>>) => void;
  readonly now: () => number;
  readonly random: () => number;
  readonly later: (delayMs: number, run: () => void) => () => void;
  /** Called after each change, once it is durable. */
  readonly onChange: (change: { readonly pardoned: readonly string[] }) => Promise<void>;
}

export interface Blocked {
  readonly key: PublicKey;
  readonly note: string;
}

interface Listed {
  readonly keys: ReadonlyMap<PublicKey, string>;
  readonly operators: ReadonlyMap<PublicKey, string>;
}

export interface SubscriptionStatus {
  readonly url: string;
  readonly state: "waiting" | "in force" | "failed";
  readonly detail: string;
  readonly keys: number;
  readonly operators: number;
  readonly at: string | null;
}

/** Ten thousand keys with notes. */
const LIST_BYTES_MAX = 4 * 1024 * 1024;
const REFRESH_MS = 60 * 60_000;
const RETRY_MS = 60_000;
/** The commander's own list among the sources. */
const OWN = "";
const NOTHING: Listed = { keys: new Map(), operators: new Map() };

export type Blocklist = Awaited<ReturnType<typeof openBlocklist>>;

export async function openBlocklist(deps: BlocklistDeps) {
  const { client, self, now } = deps;
  const lists = await loadLists(client);
  const urls = new Map<string, { state: SubscriptionStatus["state"]; detail: string; at: number | null }>();
  for (const row of (await client.execute("SELECT url FROM blocklist_subscriptions ORDER BY url")).rows)
    urls.set(String(row.url), { state: "waiting", detail: "not fetched since the start", at: null });
  let shared =
    (await client.execute("SELECT 1 FROM meta WHERE key = 'blocklist_shared' AND value = '1'")).rows.length >
    0;
  let cancel: () => void = () => undefined;
  let running: Promise<void> = Promise.resolve();
  const inTurn = createTurns();
  let stopped = false;

  function blockedBy(spore: PublicKey, operator: PublicKey): string | null {
    if (operator === self.operator) return null;
    for (const [source, { keys, operators }] of lists)
      if (keys.has(spore) || operators.has(operator)) return source;
    return null;
  }

  /** Everybody on any list, as the names under which their entries were refused. */
  function names(): Set<string> {
    const all = new Set<string>();
    for (const { keys, operators } of lists.values()) {
      for (const key of keys.keys()) all.add(nameOf(key));
      for (const key of operators.keys()) all.add(nameOf(key));
    }
    return all;
  }

  async function decide(statements: readonly InStatement[], putInForce: () => void): Promise<void> {
    await client.batch([...statements], "write");
    const before = names();
    putInForce();
    const after = names();
    await deps.onChange({ pardoned: [...before].filter((name) => !after.has(name)) });
  }

  async function refresh(url: string): Promise<boolean> {
    const read = readList(await deps.fetch(url, { bytesMax: LIST_BYTES_MAX }));
    return await inTurn(async () => {
      const at = now();
      // The commander may have left the list meanwhile.
      if (!urls.has(url)) return true;
      if (!read.ok) {
        urls.set(url, { state: "failed", detail: `${read.error}; the last good list stays in force`, at });
        deps.log("a subscribed blocklist could not be read", { url, reason: read.error });
        return false;
      }
      await decide(rowsOf(url, read.value, at), () => {
        lists.set(url, read.value);
        urls.set(url, { state: "in force", detail: "as it should be", at });
      });
      return true;
    });
  }

  async function round(): Promise<void> {
    const outcomes = await Promise.all([...urls.keys()].map(refresh));
    if (stopped || outcomes.length === 0) return;
    const delay = outcomes.every(Boolean) ? REFRESH_MS : RETRY_MS;
    cancel = deps.later(delay * (0.75 + deps.random() / 2), begin);
  }

  function begin(): void {
    cancel();
    running = running.then(round).catch((cause: unknown) => {
      deps.log("refreshing the blocklists broke off", { cause: String(cause) });
      if (!stopped) cancel = deps.later(RETRY_MS, begin);
    });
  }

  async function change(wanted: BlocklistChange): Promise<Result<null, string>> {
    const own = lists.get(OWN) ?? NOTHING;
    const list: Listed = {
      keys: wanted.keys === undefined ? own.keys : toMap(wanted.keys),
      operators: wanted.operators === undefined ? own.operators : toMap(wanted.operators),
    };
    if (list.operators.has(self.operator) || list.keys.has(self.spore))
      return err("you cannot block yourself: leave your own keys out");
    const kept = wanted.subscriptions ?? [...urls.keys()];
    const gone = [...urls.keys()].filter((url) => !kept.includes(url));
    const added = kept.filter((url) => !urls.has(url));
    const share = wanted.shared ?? shared;
    const statements: InStatement[] = [
      ...rowsOf(OWN, list, now()),
      ...gone.flatMap((url) => [
        { sql: "DELETE FROM blocklist_subscriptions WHERE url = ?", args: [url] },
        { sql: "DELETE FROM blocklist WHERE source = ?", args: [url] },
      ]),
      ...added.map((url) => ({ sql: "INSERT INTO blocklist_subscriptions (url) VALUES (?)", args: [url] })),
      {
        sql: "INSERT INTO meta VALUES ('blocklist_shared', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        args: [share ? "1" : "0"],
      },
    ];
    await decide(statements, () => {
      shared = share;
      lists.set(OWN, list);
      for (const url of gone) {
        urls.delete(url);
        lists.delete(url);
      }
      for (const url of added) urls.set(url, { state: "waiting", detail: "not fetched yet", at: null });
    });
    if (added.length > 0) begin();
    return ok(null);
  }

  return {
    start: begin,
    async stop(): Promise<void> {
      stopped = true;
      cancel();
      await running;
    },

    /** Why a spore is not listened to, or null. */
    exclusionOf(spore: PublicKey, operator: PublicKey): PeerRefusal | null {
      const source = blockedBy(spore, operator);
      if (source === null) return null;
      const by =
        source === OWN ? "by this spore's commander" : "by a list this spore's commander subscribed to";
      return { code: "blocked", message: `blocked ${by}` };
    },

    /** The name under which an author's entries are refused, so that they can be asked for again later; null: not blocked. */
    refusalName(spore: PublicKey, operator: PublicKey): string | null {
      if (operator === self.operator) return null;
      for (const { keys, operators } of lists.values()) {
        if (keys.has(spore)) return nameOf(spore);
        if (operators.has(operator)) return nameOf(operator);
      }
      return null;
    },

    change: (wanted: BlocklistChange): Promise<Result<null, string>> => inTurn(() => change(wanted)),

    describe() {
      const own = lists.get(OWN) ?? NOTHING;
      return {
        version: 1 as const,
        keys: toList(own.keys),
        operators: toList(own.operators),
        shared,
        subscriptions: [...urls].map(([url, { state, detail, at }]): SubscriptionStatus => {
          const { keys, operators } = lists.get(url) ?? NOTHING;
          const when = at === null ? null : new Date(at).toISOString();
          return { url, state, detail, keys: keys.size, operators: operators.size, at: when };
        }),
      };
    },
  };
}

function nameOf(key: PublicKey): string {
  return `blocked ${key}`;
}

function readList(reply: Result<FetchedText, FetchError>): Result<Listed, string> {
  if (!reply.ok) return err(reply.error.message);
  const { status, text } = reply.value;
  if (status !== 200) return err(`answers with status ${status}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err("is not JSON");
  }
  const parsed = publishedBlocklistSchema.safeParse(value);
  if (parsed.success) return ok({ keys: toMap(parsed.data.keys), operators: toMap(parsed.data.operators) });
  const [issue] = parsed.error.issues;
  return err(`${issue?.path.join(".") || "the list"}: ${issue?.message ?? "has another form"}`);
}

async function loadLists(client: Client): Promise<Map<string, Listed>> {
  const lists = new Map<string, { keys: Map<PublicKey, string>; operators: Map<PublicKey, string> }>();
  for (const row of (await client.execute("SELECT source, scope, key, note FROM blocklist")).rows) {
    const source = String(row.source);
    const list = lists.get(source) ?? { keys: new Map(), operators: new Map() };
    lists.set(source, list);
    list[row.scope === "operator" ? "operators" : "keys"].set(row.key as PublicKey, String(row.note));
  }
  return lists;
}

function rowsOf(source: string, { keys, operators }: Listed, at: number): InStatement[] {
  const insert =
    (scope: string) =>
    ([key, note]: readonly [PublicKey, string]): InStatement => ({
      sql: "INSERT INTO blocklist (source, scope, key, note, at) VALUES (?, ?, ?, ?, ?)",
      args: [source, scope, key, note, at],
    });
  return [
    { sql: "DELETE FROM blocklist WHERE source = ?", args: [source] },
    ...[...keys].map(insert("key")),
    ...[...operators].map(insert("operator")),
  ];
}

function toMap(list: readonly Blocked[]): Map<PublicKey, string> {
  return new Map(list.map(({ key, note }) => [key, note]));
}

function toList(map: ReadonlyMap<PublicKey, string>): Blocked[] {
  return [...map].map(([key, note]) => ({ key, note }));
}

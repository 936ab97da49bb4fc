/** A spore's blocklist as this page reads and changes it. Pure. */
import { publicKeySchema } from "@synapse/shared/contract/entry.ts";
import { blocklistSchema } from "@synapse/shared/contract/federation-status.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import type { z } from "zod";

export const blocklistViewSchema = blocklistSchema;
export type BlocklistView = z.infer<typeof blocklistSchema>;
export type Subscription = NonNullable<BlocklistView["subscriptions"]>[number];

export type Scope = "keys" | "operators";

export interface Blocked {
  readonly scope: Scope;
  readonly key: string;
  readonly note: string;
}

/** What `PUT /api/blocklist` takes: each member given replaces what was there. */
export type BlocklistChange =
  | { readonly [scope in Scope]?: readonly { readonly key: string; readonly note: string }[] }
  | { readonly subscriptions: readonly string[] }
  | { readonly shared: boolean };

/** Spores and operators as one list. */
export function blockedOf({ keys, operators }: BlocklistView): readonly Blocked[] {
  const of = (scope: Scope, list: BlocklistView[Scope]) =>
    list.map(({ key, note }) => ({ scope, key, note }));
  return [...of("operators", operators), ...of("keys", keys)];
}

export function withBlocked(list: BlocklistView, { scope, key, note }: Blocked): BlocklistChange {
  const others = list[scope]
    .filter((one) => one.key !== key)
    .map((one) => ({ key: one.key, note: one.note }));
  return { [scope]: [...others, { key, note }] };
}

export function withoutBlocked(list: BlocklistView, { scope, key }: Blocked): BlocklistChange {
  const others = list[scope].filter((one) => one.key !== key);
  return { [scope]: others.map((one) => ({ key: one.key, note: one.note })) };
}

const urlsOf = (list: BlocklistView) => (list.subscriptions ?? []).map(({ url }) => url);

export function withSubscription(list: BlocklistView, url: string): BlocklistChange {
  return { subscriptions: [...urlsOf(list).filter((known) => known !== url), url] };
}

export function withoutSubscription(list: BlocklistView, url: string): BlocklistChange {
  return { subscriptions: urlsOf(list).filter((known) => known !== url) };
}

/** @param mine operators of the commander's own spores, and those spores */
export function readKey(text: string, mine: ReadonlySet<string>): Result<string, string> {
  const key = text.trim();
  if (!publicKeySchema.safeParse(key).success)
    return err("A public key has 43 letters, digits, - and _; the Network page shows and copies them.");
  return mine.has(key) ? err("This is one of your own: nobody can block themselves.") : ok(key);
}

export function readListUrl(text: string): Result<string, string> {
  const url = URL.parse(text.trim());
  if (url === null || url.protocol !== "https:")
    return err("A list has an address that begins with https://");
  return ok(url.href);
}

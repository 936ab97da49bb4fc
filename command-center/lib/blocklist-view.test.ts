import { describe, expect, test } from "bun:test";
import { blocklistChangeSchema } from "@synapse/shared/contract/federation.ts";
import {
  type BlocklistView,
  blockedOf,
  readKey,
  readListUrl,
  withBlocked,
  withoutBlocked,
  withoutSubscription,
  withSubscription,
} from "@/lib/blocklist-view.ts";

const key = (letter: string) => letter.repeat(42).concat("A");
const [SPORE, OTHER, OPERATOR] = [key("s"), key("o"), key("p")] as [string, string, string];
const list = {
  version: 1,
  keys: [{ key: SPORE, note: "spam", of_later_versions: true }],
  operators: [{ key: OPERATOR, note: "" }],
  shared: false,
  subscriptions: [
    { url: "https://lists.example/a.json", state: "in force", detail: "", keys: 3, operators: 0, at: null },
  ],
} as unknown as BlocklistView;

describe("a change of the blocklist", () => {
  test("keeps everybody else, replaces a note, and is what the route takes", () => {
    const added = withBlocked(list, { scope: "keys", key: OTHER, note: "floods" });
    expect(added).toEqual({
      keys: [
        { key: SPORE, note: "spam" },
        { key: OTHER, note: "floods" },
      ],
    });
    const noted = withBlocked(list, { scope: "keys", key: SPORE, note: "still spam" });
    expect(noted).toEqual({ keys: [{ key: SPORE, note: "still spam" }] });
    expect(withoutBlocked(list, { scope: "operators", key: OPERATOR, note: "" })).toEqual({ operators: [] });
    for (const change of [added, noted]) expect(blocklistChangeSchema.safeParse(change).success).toBe(true);
  });

  test("adds and leaves lists of others", () => {
    const added = withSubscription(list, "https://lists.example/b.json");
    expect(added).toEqual({
      subscriptions: ["https://lists.example/a.json", "https://lists.example/b.json"],
    });
    expect(withSubscription(list, "https://lists.example/a.json")).toEqual({
      subscriptions: ["https://lists.example/a.json"],
    });
    expect(withoutSubscription(list, "https://lists.example/a.json")).toEqual({ subscriptions: [] });
    expect(blocklistChangeSchema.safeParse(added).success).toBe(true);
  });
});

test("the list names operators first, each with its scope", () => {
  expect(blockedOf(list).map(({ scope, key: of }) => [scope, of])).toEqual([
    ["operators", OPERATOR],
    ["keys", SPORE],
  ]);
});

test("what is typed is checked before it is sent", () => {
  expect(readKey(` ${OTHER} `, new Set())).toEqual({ ok: true, value: OTHER });
  expect(readKey("short", new Set()).ok).toBe(false);
  expect(readKey(OPERATOR, new Set([OPERATOR])).ok).toBe(false);
  expect(readListUrl(" https://lists.example/synapse.json ").ok).toBe(true);
  for (const wrong of ["", "lists.example", "http://lists.example/a.json", "javascript:alert(1)"])
    expect(readListUrl(wrong).ok).toBe(false);
});

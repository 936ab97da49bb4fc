/** Lists that change while they are being fetched and written. Real tables; the lists come from no network. */
import { expect, test } from "bun:test";
import { type Client, createClient } from "@libsql/client";
import { ok } from "@synapse/shared/result.ts";
import { createKeyPair } from "../identity/keypair.ts";
import { migrate } from "../replica/migrations.ts";
import { createActor } from "../testing/actor.ts";
import { openBlocklist } from "./blocklist.ts";

const LIST = "https://lists.example/blocked.json";
const self = createActor().certificate;

/** @param beforeWriting waits before rows of the subscribed list are written */
async function open(beforeWriting: () => Promise<void> = async () => undefined) {
  const file = createClient({ url: ":memory:", concurrency: 1 });
  await migrate(file);
  const client = new Proxy(file, {
    get(target, name) {
      const value = target[name as keyof Client];
      if (name !== "batch") return typeof value === "function" ? value.bind(target) : value;
      return async (statements: Parameters<Client["batch"]>[0], mode: "write") => {
        const refreshes = JSON.stringify(statements).includes(`"args":["${LIST}","key"`);
        if (refreshes) await beforeWriting();
        return await target.batch(statements, mode);
      };
    },
  });
  const blocked = createKeyPair().publicKey;
  let changes = 0;
  const blocklist = await openBlocklist({
    client,
    self,
    fetch: async () =>
      ok({
        status: 200,
        text: JSON.stringify({ version: 1, keys: [{ key: blocked, note: "floods" }], operators: [] }),
      }),
    log: () => undefined,
    now: () => 1,
    random: () => 0.5,
    later: () => () => undefined,
    onChange: async () => {
      changes++;
    },
  });
  const stored = async () => (await file.execute("SELECT key FROM blocklist")).rows.length;
  const isBlocked = () => blocklist.exclusionOf(blocked, createKeyPair().publicKey) !== null;
  return { blocklist, isBlocked, stored, changes: () => changes };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 1));
}

test("a list that is left while it is being written does not come back", async () => {
  const writing = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const { blocklist, isBlocked, stored } = await open(async () => {
    writing.resolve();
    await goOn.promise;
  });
  await blocklist.change({ subscriptions: [LIST] });
  await writing.promise;
  const left = blocklist.change({ subscriptions: [] });
  goOn.resolve();
  expect(await left).toEqual(ok(null));
  await blocklist.stop();
  expect(isBlocked()).toBe(false);
  expect(blocklist.describe().subscriptions).toEqual([]);
  expect(await stored()).toBe(0);
});

test("what is subscribed to is in force, and two changes at once are both kept", async () => {
  const { blocklist, isBlocked } = await open();
  const [one, other] = [createKeyPair().publicKey, createKeyPair().publicKey];
  await Promise.all([
    blocklist.change({ keys: [{ key: one, note: "" }] }),
    blocklist.change({ operators: [{ key: other, note: "" }] }),
    blocklist.change({ subscriptions: [LIST] }),
  ]);
  await until(isBlocked);
  const { keys, operators, subscriptions } = blocklist.describe();
  expect(keys.map(({ key }) => key)).toEqual([one]);
  expect(operators.map(({ key }) => key)).toEqual([other]);
  expect(subscriptions).toMatchObject([{ url: LIST, state: "in force", keys: 1 }]);
  await blocklist.stop();
});

/** The wall's books stay right when trimming them fails half-way. Real tables; a trigger is the disk that fails. */
import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "../replica/store.ts";
import { openAudit } from "./audit.ts";

const KEPT = 10_000;
const TRIM_EVERY = 1_000;
const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

async function open(): Promise<Store> {
  const dir = mkdtempSync(join(tmpdir(), "synapse-audit-"));
  dirs.push(dir);
  const opened = await openStore({ url: `file:${join(dir, "spore.db")}` });
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

const fill = (store: Store, from: number, to: number) =>
  store.client.execute({
    sql: `WITH RECURSIVE numbers (n) AS (SELECT ? UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
          INSERT INTO wall_audit SELECT n, n, CASE n % 2 WHEN 0 THEN 'crossed' ELSE 'blocked' END, 'filled in', NULL FROM numbers`,
    args: [from, to],
  });
const sum = ({ crossed, blocked, filtered }: Readonly<Record<string, number>>) =>
  (crossed ?? 0) + (blocked ?? 0) + (filtered ?? 0);

test("decisions dropped from the books are counted once, whether or not a trim broke off", async () => {
  const store = await open();
  const now = () => 1;
  const newest = KEPT + TRIM_EVERY;
  await fill(store, 1, newest - 1);
  await store.client.execute(
    "CREATE TRIGGER full_disk BEFORE DELETE ON wall_audit BEGIN SELECT RAISE(ABORT, 'disk full'); END",
  );
  const audit = await openAudit({ store, now });
  await expect(audit.record("filtered", "the one that trims", null)).rejects.toThrow();
  expect(sum((await openAudit({ store, now })).counts())).toBe(newest);

  await store.client.execute("DROP TRIGGER full_disk");
  const again = newest + TRIM_EVERY;
  await fill(store, newest + 1, again - 1);
  const reopened = await openAudit({ store, now });
  await reopened.record("crossed", "the one that trims", null);
  const { rows } = await store.client.execute("SELECT count(*) FROM wall_audit");
  expect(Number(rows[0]?.[0])).toBeLessThanOrEqual(KEPT + 1);
  const counts = (await openAudit({ store, now })).counts();
  expect(counts).toEqual(reopened.counts());
  expect(sum(counts)).toBe(again);
  store.close();
});

/** Settings: all or nothing, durable, and never out of their bounds. */
import { expect, test } from "bun:test";
import { createClient } from "@libsql/client";
import { migrate } from "../replica/migrations.ts";
import { DECLARED, problemWith } from "./declared.ts";
import { openSettings } from "./settings.ts";

async function openOn(client = createClient({ url: ":memory:", concurrency: 1 })) {
  const warnings: unknown[] = [];
  await migrate(client);
  const settings = await openSettings({
    client,
    now: () => 1_000,
    warn: (_, details) => warnings.push(details),
  });
  return { client, settings, warnings };
}

test("every default lies inside its own bounds", () => {
  for (const declaration of Object.values(DECLARED)) {
    expect(problemWith(declaration, declaration.default)).toBeNull();
  }
});

test("a change is in force at once and found again", async () => {
  const { client, settings } = await openOn();
  const told: string[] = [];
  settings.subscribe((keys) => told.push(...keys));
  expect((await settings.change({ "reasoning.cycles_max": 2 })).ok).toBe(true);
  expect(settings.get("reasoning.cycles_max")).toBe(2);
  expect(told).toEqual(["reasoning.cycles_max"]);
  const again = await openOn(client);
  expect(again.settings.get("reasoning.cycles_max")).toBe(2);
  expect((await again.settings.change({ "reasoning.cycles_max": null })).ok).toBe(true);
  expect(again.settings.get("reasoning.cycles_max")).toBe(DECLARED["reasoning.cycles_max"].default);
});

test("one bad value stops all of a change", async () => {
  const { settings } = await openOn();
  const refused = await settings.change({ "reasoning.cycles_max": 3, "reasoning.concurrent_tasks": 0 });
  expect(refused).toMatchObject({ ok: false, error: { kind: "out_of_bounds" } });
  expect(settings.get("reasoning.cycles_max")).toBe(DECLARED["reasoning.cycles_max"].default);
  for (const value of ["3", 2.5, Number.NaN, 1e9, {}, []]) {
    expect((await settings.change({ "reasoning.cycles_max": value })).ok).toBe(false);
  }
  const unknown = await settings.change({ toString: 1 });
  expect(unknown).toMatchObject({ ok: false, error: { kind: "unknown_setting" } });
});

test("a stored value that does not fit is not used, and that is said", async () => {
  const { client } = await openOn();
  await client.execute("INSERT INTO settings VALUES ('reasoning.cycles_max', '99', 1), ('gone', '{', 1)");
  const { settings, warnings } = await openOn(client);
  expect(settings.get("reasoning.cycles_max")).toBe(DECLARED["reasoning.cycles_max"].default);
  expect(warnings).toHaveLength(2);
});

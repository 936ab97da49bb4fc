/** A spore keeps encrypted snapshots on a (fake) Hub and comes back from them on an empty disk; nothing overwrites one it cannot read. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { FakeHub } from "../support/fake-hub/fake-hub.ts";
import { cleanUp, freshDir, startTestSpore, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const hub = new FakeHub({
  tokens: {
    hf_commander: { account: "ada", role: "write", isPro: true },
    hf_snapshots: { account: "ada", role: "fineGrained", isPro: true, writes: ["ada"] },
  },
});
afterAll(async () => {
  await hub.stop();
  await cleanUp();
});

const SECRET = "The bridge's second key hangs behind the clock.";
const PASSPHRASE = "a passphrase that stays with the spore";

const environment = (passphrase: string) => ({
  SPORE_SNAPSHOT_REPO: "ada/swarm-snapshots",
  SPORE_SNAPSHOT_TOKEN: "hf_snapshots",
  SPORE_SNAPSHOT_PASSPHRASE: passphrase,
  SPORE_SNAPSHOT_INTERVAL_S: "1",
  SPORE_SNAPSHOT_HUB: hub.url,
});

test("what only one spore holds survives an emptied disk, unread by the Hub", async () => {
  await fetch(`${hub.url}/api/repos/create`, {
    method: "POST",
    headers: { authorization: "Bearer hf_commander" },
    body: JSON.stringify({
      name: "swarm-snapshots",
      organization: "ada",
      type: "dataset",
      visibility: "private",
    }),
  });
  const operatorKey = join(freshDir(), "operator.key");
  const spore = await startTestSpore({ operatorKey, env: environment(PASSPHRASE) });
  await spore.post("/api/memory", { content: SECRET, label: "private" });
  const dataset = hub.datasets.get("ada/swarm-snapshots");
  const kept = () => dataset?.files.get("spore-0.backup");
  const commits = () => dataset?.commits ?? 0;
  // The one after next was begun after the memory was acknowledged.
  const before = commits();
  await waitFor("two snapshots", () => commits() >= before + 2, 60_000);
  for (const words of ["bridge", "clock", PASSPHRASE])
    expect(Buffer.from(kept() ?? []).includes(words)).toBe(false);

  const { key } = await spore.health();
  await spore.kill();
  rmSync(spore.dataDir, { recursive: true });
  await spore.restart();
  expect((await spore.health()).key).toBe(key);
  const found = await spore.json<{ results: { content: string }[] }>("/api/memory/search?q=second+key&k=1");
  expect(found.results[0]?.content).toBe(SECRET);
  await spore.kill();

  const other = await startTestSpore({ operatorKey, index: 0, env: environment("another passphrase") }).catch(
    (error: Error) => error.message,
  );
  expect(other).toContain("cannot be read");
  expect(other).toContain("SPORE_SNAPSHOT_PASSPHRASE");
});

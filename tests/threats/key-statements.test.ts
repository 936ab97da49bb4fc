/** Statements about keys that do not count, however many a stranger writes, leave what is known of everybody as it is. */
import { afterEach, expect, test } from "bun:test";
import type { Body } from "@synapse/shared/contract/entry.ts";
import { joinTrust, type TrustParts } from "@synapse/spore/compose/trust.ts";
import { createKeyPair } from "@synapse/spore/identity/keypair.ts";
import { signValue } from "@synapse/spore/identity/signature.ts";
import type { Draft } from "@synapse/spore/replica/replica.ts";
import { contributionBody } from "@synapse/spore/testing/actor.ts";
import { createTestReplicas, give, type TestReplica } from "@synapse/spore/testing/replica.ts";

const replicas = createTestReplicas();
afterEach(() => replicas.clean());

const GRADED = 300;

async function append({ replica }: TestReplica, drafts: readonly Draft[]) {
  const stored = await replica.append(drafts);
  if (!stored.ok) throw new Error(stored.error.message);
  return stored.value;
}

test("nonsense and statements about nobody known fold nothing again", async () => {
  const home = await replicas.open();
  const subject = home.actor.publicKey;
  const tasks = await append(
    home,
    Array.from({ length: GRADED }, (_, n) => ({
      label: "cluster",
      kind: "task",
      body: { description: `What is ${n} plus ${n}?`, priority: "normal", answer: { type: "number" } },
    })),
  );
  const votes = await append(
    home,
    tasks.map(({ id }, n) => ({
      label: "cluster",
      kind: "contribution",
      body: contributionBody(id, String(2 * n), { value: String(2 * n) }),
      parents: [id],
    })),
  );
  const grades = votes.map(({ id }, n): Draft => {
    const rests_on = [id, ...tasks.slice(n, n + 1).map((task) => task.id)];
    const graded = { dimension: "competence", positive: true, weight: 1, source: "checkable" } as const;
    return {
      label: "cluster",
      kind: "evidence",
      body: { subject, topic: "math", ...graded, rests_on, note: "" },
    };
  });
  await append(home, grades);
  const reads = { count: 0 };
  const { store } = home;
  const counted = {
    ...store,
    ofKinds: (...kinds: Parameters<typeof store.ofKinds>) => {
      reads.count += 1;
      return store.ofKinds(...kinds);
    },
  };
  const warned: string[] = [];
  const trust = await joinTrust({
    certificate: home.actor.certificate,
    storage: { replica: home.replica, store: counted },
    settings: { get: () => 0 },
    hub: { publish: () => undefined },
    log: { warn: (message: string) => warned.push(message) },
    livePeers: () => [],
    livePeer: () => null,
    nameOf: String,
    board: () => ({ openTasks: () => 0 }),
    hasModel: () => false,
  } as unknown as TrustParts);
  const known = () => trust.ledger.explain(subject).length;
  expect([known(), reads.count]).toEqual([GRADED, 1]);

  const stranger = await replicas.open();
  const operator = createKeyPair();
  const nonsense: Body<"key"> = {
    ...{
      operator: operator.publicKey,
      key: stranger.actor.publicKey,
      successor: null,
      reason: "",
      issued_at: 1,
    },
    signature: "A".repeat(86),
  };
  const ofNobody = Array.from({ length: 5 }, (_, n) =>
    signValue(
      {
        operator: operator.publicKey,
        key: operator.publicKey,
        successor: null,
        reason: `${n}`,
        issued_at: n,
      },
      "key",
      operator,
    ),
  );
  for (const body of [nonsense, ...ofNobody, ...ofNobody.map((one) => ({ ...one, key: subject }))]) {
    const written = await append(stranger, [{ label: "public", kind: "key", body }]);
    await give(
      stranger.replica,
      home.replica,
      written.map(({ id }) => id),
    );
    expect(known()).toBe(GRADED);
  }
  expect(reads.count).toBe(1);
  trust.stop();
  expect(warned).toEqual([]);
});

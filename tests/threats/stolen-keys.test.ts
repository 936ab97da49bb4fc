/**
 * Keys in wrong hands: forged certificates give nothing, a revoked key is spoken with no more, and only its operator can
 * say so; a key that was replaced hands on the trust it earned.
 */
import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Body, bodySchemas } from "@synapse/shared/contract/entry.ts";
import { swarmSchema } from "@synapse/shared/contract/status.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { grantCertificate, issueCertificate } from "@synapse/spore/identity/certificate.ts";
import { createKeyPair, type KeyPair } from "@synapse/spore/identity/keypair.ts";
import { signValue } from "@synapse/spore/identity/signature.ts";
import type { StoredEntry } from "@synapse/spore/replica/feed.ts";
import { createKeyHistory } from "@synapse/spore/replica/key-history.ts";
import { createActor } from "@synapse/spore/testing/actor.ts";
import { createTestReplicas, give } from "@synapse/spore/testing/replica.ts";
import { TrustLedger, type TrustLedgerDeps } from "@synapse/spore/trust/ledger.ts";
import { cleanUp, freshDir, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

setDefaultTimeout(120_000);
afterAll(cleanUp);
const replicas = createTestReplicas();
afterEach(() => replicas.clean());

function statement(operator: KeyPair, key: PublicKey, successor: PublicKey | null): Body<"key"> {
  return signValue(
    { operator: operator.publicKey, key, successor, reason: "", issued_at: 1 },
    "key",
    operator,
  );
}

let seq = 0;
function carried(body: Body<"key">): StoredEntry {
  seq += 1;
  return { ...createActor().sign("key", body, { label: "public" }), seq, receivedAt: seq } as StoredEntry;
}

describe("forged certificates", () => {
  test("no operator can claim a spore that did not accept, and so none can hide its words", async () => {
    const home = await replicas.open();
    const author = await replicas.open();
    const thief = createKeyPair();
    const written = await author.replica.append([
      { label: "public", kind: "memory", body: { content: "a true word" } },
    ]);
    const [memory] = written.ok ? written.value : [];
    const id = memory?.id as EntryId;
    await give(author.replica, home.replica, [id]);

    const grant = grantCertificate(thief, {
      spore: author.actor.publicKey,
      name: "mine",
      issuedAt: Date.now(),
    });
    const forgeries = [
      { ...grant, acceptance: "A".repeat(86) },
      { ...grant, acceptance: grant.signature },
      { ...grant, acceptance: thief.sign(new TextEncoder().encode("mine")) },
      { ...author.actor.certificate, operator: thief.publicKey },
      { ...author.actor.certificate, issued_at: Date.now() },
    ];
    const accomplice = await replicas.open({ actor: createActor("accomplice", thief) });
    const retracted = await accomplice.replica.append([
      { label: "public", kind: "retraction", body: { targets: [id], reason: "" } },
    ]);
    for (const forged of forgeries) await home.replica.learnCertificates([forged]);
    await give(accomplice.replica, home.replica, retracted.ok ? retracted.value.map((one) => one.id) : []);
    expect(home.replica.certificateOf(author.actor.publicKey)).toEqual(author.actor.certificate);
    const [held] = await home.replica.get([id]);
    expect(held !== undefined && home.replica.isVisible(held)).toBe(true);
  });

  test("even with the spore's own key it cannot be carried over to another operator", async () => {
    const home = await replicas.open();
    const victim = createActor();
    const thief = createKeyPair();
    await home.replica.learnCertificates([victim.certificate]);
    const moved = issueCertificate(thief, { spore: victim.key, name: "mine", issuedAt: Date.now() });
    await home.replica.learnCertificates([moved]);
    expect(home.replica.certificateOf(victim.publicKey)?.operator).toBe(victim.certificate.operator);
  });
});

describe("the operator's word on keys", () => {
  const operator = createKeyPair();
  const [old, next, last] = [createKeyPair().publicKey, createKeyPair().publicKey, createKeyPair().publicKey];
  const operatorOf = (spore: PublicKey) => ([old, next, last].includes(spore) ? operator.publicKey : null);

  test("counts from the operator alone, in any order", () => {
    const words = [statement(operator, old, next), statement(operator, next, last)].map(carried);
    const forged = [
      statement(createKeyPair(), old, createKeyPair().publicKey),
      { ...statement(operator, old, next), successor: last },
      { ...statement(operator, last, null), operator: createKeyPair().publicKey },
    ].map(carried);
    for (const order of [[...forged, ...words], [...words].reverse().concat(forged)]) {
      const keys = createKeyHistory(operatorOf);
      for (const word of order) keys.absorb([word]);
      expect([old, next, last].map((key) => keys.identityOf(key))).toEqual([last, last, last]);
      expect([old, next, last].map((key) => keys.isRevoked(key))).toEqual([false, false, false]);
    }
  });

  test("a revocation is final, a circle is no trap, and a revoked operator takes its spores along", () => {
    const keys = createKeyHistory(operatorOf);
    keys.absorb([statement(operator, old, null), statement(operator, old, next)].map(carried));
    expect([keys.isRevoked(old), keys.identityOf(old)]).toEqual([true, old]);
    keys.absorb([statement(operator, next, last), statement(operator, last, next)].map(carried));
    expect([next, last]).toContain(keys.identityOf(next));
    keys.absorb([carried(statement(operator, operator.publicKey, null))]);
    expect([old, next, last].every((key) => keys.isRevoked(key))).toBe(true);
  });

  test("trust moves to the successor and ends with a revocation", () => {
    const keys = createKeyHistory(operatorOf);
    const self = createActor("observer", operator);
    const knowledge: TrustLedgerDeps = {
      self: self.publicKey,
      operatorOf,
      identityOf: (spore) => keys.identityOf(spore),
      isRevoked: (spore) => keys.isRevoked(spore),
      correlate: () => ({ absorb: () => undefined, correlation: () => 0 }),
    };
    const ledger = new TrustLedger(knowledge);
    const grade = self.sign("evidence", {
      subject: old,
      topic: "math",
      dimension: "competence",
      positive: true,
      weight: 1,
      source: "commander",
      rests_on: ["ab".repeat(32) as EntryId],
      note: "",
    });
    const entries = [{ ...grade, seq: 1, receivedAt: 1 } as StoredEntry];
    const known = () => [old, next].map((key) => ledger.explain(key).length);
    ledger.absorb(entries);
    expect(known()).toEqual([1, 0]);
    keys.absorb([carried(statement(operator, old, next))]);
    const fresh = new TrustLedger(knowledge);
    fresh.absorb(entries);
    ledger.adopt(fresh);
    expect(known()).toEqual([0, 1]);
    keys.absorb([carried(statement(operator, next, null))]);
    expect(ledger.panel([next], "math", 2).weights.get(next)?.weight).toBe(0);
  });
});

describe("real spores", () => {
  test("a spore that never wrote a word is revoked all the same", async () => {
    const operatorKey = join(freshDir(), "operator.key");
    const one = await startTestSpore({ operatorKey });
    const silent = await startTestSpore({ index: 1, operatorKey, peers: [one.url] });
    const stranger = await startTestSpore({ index: 2, peers: [one.url, silent.url] });
    const { key } = await silent.health();
    await waitFor("the silent one to be seen", async () => (await seenBy(stranger)).includes(`${key} live`));
    await waitFor("its sibling to see it", async () => (await seenBy(one)).includes(`${key} live`));
    expect((await one.post("/api/keys", { key, successor: null })).status).toBe(201);
    await waitFor("it to be gone", async () => !(await seenBy(stranger)).join().includes(key));
  });

  const seenBy = async (spore: TestSpore) =>
    swarmSchema.parse(await spore.json("/api/swarm")).nodes.map(({ id, state }) => `${id} ${state}`);

  test("revoke: refused everywhere, what it writes is not taken, what it wrote stays; rotate: the new key takes its place", async () => {
    const operatorKey = join(freshDir(), "operator.key");
    const one = await startTestSpore({ operatorKey });
    const lost = await startTestSpore({ index: 1, operatorKey, peers: [one.url] });
    const stranger = await startTestSpore({ index: 2, peers: [one.url, lost.url] });
    const key = (await lost.health()).key;
    await lost.post("/api/memory", { content: "written before the theft", label: "public" });
    const finds = async (words: string) =>
      (await (await stranger.fetch(`/api/memory/search?q=${encodeURIComponent(words)}`)).text()).includes(
        words,
      );
    await waitFor("the first words at the stranger", () => finds("before the theft"));
    await waitFor("the lost spore to be seen", async () => (await seenBy(stranger)).includes(`${key} live`));

    // Nobody else may say it.
    expect((await stranger.post("/api/keys", { key, successor: null })).status).toBe(403);
    expect((await one.post("/api/keys", { statement: statement(createKeyPair(), key, null) })).status).toBe(
      201,
    );
    expect(await seenBy(stranger)).toContain(`${key} live`);

    expect((await one.post("/api/keys", { key, successor: null, reason: "laptop stolen" })).status).toBe(201);
    await waitFor("the revocation to arrive", async () => !(await seenBy(stranger)).join().includes(key));
    await lost.post("/api/memory", { content: "written by the thief", label: "public" });
    await waitFor("the thief to be told", async () =>
      JSON.stringify(await lost.json("/api/federation/status")).includes("revoked by its operator"),
    );
    expect(await finds("written by the thief")).toBe(false);
    expect(await finds("before the theft")).toBe(true);
    const { statements } = await stranger.json<{ statements: unknown[] }>("/api/keys");
    expect(statements.map((said) => bodySchemas.key.parse(said))).toMatchObject([
      { key, reason: "laptop stolen" },
    ]);

    const before = (await one.health()).key;
    await one.stop();
    rmSync(join(one.dataDir, "spore.key"));
    await one.restart();
    const after = (await one.health()).key;
    expect(after).not.toBe(before);
    await waitFor("the new key to be seen in place of the old", async () => {
      const seen = await seenBy(stranger);
      return seen.includes(`${after} live`) && !seen.join().includes(before);
    });
    await one.post("/api/memory", { content: "written with the new key", label: "public" });
    await waitFor("words of the new key", () => finds("with the new key"));
  });
});

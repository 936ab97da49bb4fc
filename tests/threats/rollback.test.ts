/**
 * Rollback: a spore whose disk is set back to an earlier state. What it forgot comes back from its peers before it
 * writes again, so that it does not use a place in its sequence twice; and where it writes too early, both entries are
 * kept as a proof. Nobody else's memory goes back with it.
 */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync } from "node:fs";
import {
  type DiskReplica,
  openDiskReplica,
  remember,
  replicaOwner,
  toWireItem,
} from "../support/disk-replica.ts";
import { cleanUp, freshDir } from "../support/swarm.ts";

setDefaultTimeout(60_000);
afterAll(cleanUp);

const texts = (count: number, what: string) => Array.from({ length: count }, (_, n) => `${what} ${n}`);

async function give(from: DiskReplica, to: DiskReplica) {
  const rows = await from.replica.after(0, 10_000);
  const items = rows.filter(({ entry }) => entry.label === "public").map(toWireItem);
  return await to.replica.apply(items, "public", [from.owner.certificate, to.owner.certificate]);
}

/** A spore that wrote ten, was copied, wrote ten more that a peer has, and is now what the copy says. */
async function setBack() {
  const owner = replicaOwner();
  const peer = await openDiskReplica(replicaOwner());
  const spore = await openDiskReplica(owner);
  await remember(spore, texts(10, "early"));
  spore.store.close();
  const copy = freshDir();
  cpSync(spore.dir, copy, { recursive: true });
  const later = await openDiskReplica(owner, { dir: spore.dir });
  await remember(later, texts(10, "late"));
  await give(later, peer);
  const root = await later.indexes.public.root();
  later.store.close();
  return { peer, root, spore: await openDiskReplica(owner, { dir: copy }) };
}

test("what the copy forgot comes back, and the next entry has a place of its own", async () => {
  const { peer, root, spore } = await setBack();
  expect(spore.indexes.public.count).toBe(10);
  // An old state gives its peer nothing new and takes nothing away.
  expect((await give(spore, peer)).stored).toEqual([]);
  expect(await peer.indexes.public.root()).toBe(root);
  expect((await give(peer, spore)).stored.length).toBe(10);
  expect(await spore.indexes.public.root()).toBe(root);
  const [next] = await remember(spore, ["after the set-back"]);
  expect(next?.entry.counter).toBe(21);
  expect((await give(spore, peer)).stored.length).toBe(1);
  expect(await peer.store.forks(10)).toEqual([]);
  for (const { store } of [spore, peer]) store.close();
});

test("written before it is told: both entries on the place are kept, and the fork is known everywhere", async () => {
  const { peer, spore } = await setBack();
  const [early] = await remember(spore, ["written too early"]);
  expect(early?.entry.counter).toBe(11);
  await give(spore, peer);
  await give(peer, spore);
  expect(await peer.indexes.public.root()).toBe(await spore.indexes.public.root());
  expect(peer.indexes.public.count).toBe(21);
  for (const { store } of [spore, peer]) expect((await store.forks(10)).length).toBe(1);
  const [next] = await remember(spore, ["and on"]);
  expect(next?.entry.counter).toBe(21);
  for (const { store } of [spore, peer]) store.close();
});

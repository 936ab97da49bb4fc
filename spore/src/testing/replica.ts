/** For tests: a real replica on a libSQL file of its own, at a price of publishing that tests can pay. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EntryId } from "@synapse/shared/ids.ts";
import { type OpenedReplica, type OpenReplicaOptions, openReplica } from "../replica/open-replica.ts";
import { PUBLIC_RULE, type PublicRule } from "../replica/public-rule.ts";
import type { Replica } from "../replica/replica.ts";
import { type Actor, createActor } from "./actor.ts";

export const CHEAP_RULE: PublicRule = { ...PUBLIC_RULE, workBits: 2 };

export interface TestReplica extends OpenedReplica {
  readonly actor: Actor;
  readonly dir: string;
  readonly url: string;
}

export interface TestReplicas {
  open(options?: Partial<OpenReplicaOptions> & { actor?: Actor; dir?: string }): Promise<TestReplica>;
  /** Closes and removes all of them. */
  clean(): void;
}

export function createTestReplicas(): TestReplicas {
  const dirs: string[] = [];
  const stores: { close(): void }[] = [];
  return {
    async open({ actor = createActor(), dir, ...options } = {}) {
      const folder = dir ?? mkdtempSync(join(tmpdir(), "synapse-replica-"));
      if (dir === undefined) dirs.push(folder);
      const url = options.url ?? `file:${join(folder, "spore.db")}`;
      const { key, certificate } = actor;
      const opened = await openReplica({
        key,
        certificate,
        rule: CHEAP_RULE,
        now: Date.now,
        warn: () => undefined,
        ...options,
        url,
      });
      if (!opened.ok) throw new Error(opened.error.message);
      stores.push(opened.value.store);
      return { ...opened.value, actor, dir: folder, url };
    },
    clean() {
      for (const store of stores.splice(0)) store.close();
      for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Gives one replica's public entries to another; @returns what came of it. */
export async function give(from: Replica, to: Replica, ids: readonly EntryId[]) {
  return await to.apply(await from.entries("public", ids), "public", [from.self]);
}

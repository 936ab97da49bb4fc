/** Signals, rules, the fold of proposals, and the whole way from a drift to a change that is kept or undone. */
import { describe, expect, test } from "bun:test";
import type { Body } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { ok } from "@synapse/shared/result.ts";
import { createKeyPair } from "../identity/keypair.ts";
import type { StoredEntry } from "../replica/feed.ts";
import { createActor } from "../testing/actor.ts";
import { isSuccess, suggest } from "./checks.ts";
import { foldProposals, SEED_LIST } from "./proposal.ts";
import { nextSeed, withSeed } from "./registrar.ts";
import { createSentinel, type SentinelDeps } from "./sentinel.ts";
import { HISTORY_MIN, RECENT, type Readings, Signals } from "./signals.ts";

const NOTHING: Readings = {
  unresolved_share: null,
  agreement: null,
  answer_seconds: null,
  confidence: null,
  provider_failures: null,
  gossip_lag: null,
  gossip_failures: null,
  peers: null,
  recall_lag: null,
  memory: null,
};

function fed(signal: keyof Readings, values: readonly number[]): Signals {
  const signals = new Signals();
  for (const [at, value] of values.entries()) signals.sample({ ...NOTHING, [signal]: value }, at);
  return signals;
}
const quiet = Array.from({ length: HISTORY_MIN }, (_, at) => 2 + (at % 3) / 10);

describe("signals", () => {
  test("nothing is said before there is a history, and what is not measured is not zero", () => {
    expect(fed("answer_seconds", quiet).state("answer_seconds").state).toBe("learning");
    expect(fed("answer_seconds", quiet).state("peers").state).toBe("unmeasured");
  });
  test("drift is two deviations to the bad side, and one outlier is none", () => {
    const worse = fed("answer_seconds", [...quiet, ...Array(RECENT).fill(4)]).state("answer_seconds");
    expect(worse.state).toBe("drifting");
    expect(fed("answer_seconds", [...quiet, ...Array(RECENT).fill(1)]).state("answer_seconds").state).toBe(
      "steady",
    );
    expect(fed("answer_seconds", [...quiet, 2.1, 2.1, 2.4]).state("answer_seconds").state).toBe("steady");
    expect(fed("confidence", [...quiet, ...Array(RECENT).fill(1)]).state("confidence").state).toBe(
      "drifting",
    );
  });
});

describe("rules", () => {
  const setting =
    (value: number, min = 1, max = 10) =>
    () => ({ value, min, max });
  test("a drift suggests one bounded step of one setting, with a success to be shown", () => {
    const signals = fed("unresolved_share", [...quiet.map(() => 0.2), 0.7, 0.7, 0.7]);
    const [first] = suggest(signals, setting(4));
    expect(first).toMatchObject({
      setting: "reasoning.cycles_max",
      from: 4,
      to: 5,
      success: { signal: "unresolved_share", direction: "falls", by: 0.1 },
    });
    expect(suggest(signals, setting(10))).toEqual([]);
    expect(suggest(signals, () => null)).toEqual([]);
    expect(
      suggest(
        fed(
          "unresolved_share",
          quiet.map(() => 0.2),
        ),
        setting(4),
      ),
    ).toEqual([]);
  });
  test("success is a measured change in the promised direction, and no measurement is no success", () => {
    const success = { signal: "confidence", direction: "rises", by: 0.1 } as const;
    expect(isSuccess(success, 0.5, 0.65)).toBe(true);
    expect(isSuccess(success, 0.5, 0.55)).toBe(false);
    expect(isSuccess(success, 0.5, null)).toBeNull();
  });
});

const operator = createKeyPair();
const ours = createActor("spore-0", operator);
const sister = createActor("spore-1", operator);
const stranger = createActor("stranger");
const isOwn = (key: string) => key === ours.publicKey || key === sister.publicKey;
const body = (
  step: Body<"proposal">["step"],
  proposal: EntryId | null,
  more: Partial<Body<"proposal">> = {},
) => ({
  step,
  proposal,
  observation: "seen",
  hypothesis: "thought",
  setting: "reasoning.cycles_max",
  from: 4,
  to: 5,
  success: "unresolved_share falls by at least 0.1",
  risk: "low" as const,
  details: { signal: "unresolved_share", direction: "falls", by: 0.1 },
  ...more,
});
let seq = 0;
const stored = (
  actor: typeof ours,
  value: Body<"proposal">,
  label: Label = "cluster",
  ms = ++seq,
): StoredEntry =>
  ({ ...actor.sign("proposal", value, { label, ms }), seq: ++seq, receivedAt: ms }) as unknown as StoredEntry;

describe("the fold of proposals", () => {
  const proposal = stored(ours, body("propose", null));
  const stateOf = (...steps: StoredEntry[]) => foldProposals([proposal, ...steps], isOwn)[0]?.state;
  test("the commander's word decides, and the first word counts", () => {
    expect(stateOf()).toBe("open");
    expect(stateOf(stored(sister, body("approve", proposal.id)))).toBe("approved");
    const reject = stored(ours, body("reject", proposal.id));
    expect(stateOf(reject, stored(ours, body("approve", proposal.id)))).toBe("rejected");
  });
  test.each([
    ["a stranger's approval", stored(stranger, body("approve", proposal.id))],
    ["a public approval, even of our own", stored(ours, body("approve", proposal.id), "public")],
    [
      "an approval of something else under the same id",
      stored(ours, body("approve", proposal.id, { to: 9 })),
    ],
    [
      "an approval of another setting",
      stored(ours, body("approve", proposal.id, { setting: "wall.share_from" })),
    ],
    ["an application that nobody approved", stored(ours, body("apply", proposal.id))],
    ["a proposal that carries its own approval", stored(ours, body("approve", null))],
  ])("%s changes nothing", (_, step) => expect(stateOf(step)).toBe("open"));
  test("what a stranger proposes is not even shown", () => {
    expect(foldProposals([stored(stranger, body("propose", null))], isOwn)).toEqual([]);
  });
});

function harness(over: Partial<SentinelDeps> = {}) {
  const entries: StoredEntry[] = [];
  const settings = new Map<string, number>([["reasoning.cycles_max", 4]]);
  const clock = { at: 1_000_000 };
  let unresolved = 0.2;
  const feed: ((entries: readonly StoredEntry[]) => void)[] = [];
  const deps: SentinelDeps = {
    self: ours.publicKey,
    replica: {
      append: async (drafts: readonly { kind: string; body: unknown; label?: Label }[]) => {
        const made = drafts.map(({ body: value }) =>
          stored(ours, value as Body<"proposal">, "cluster", ++clock.at),
        );
        entries.unshift(...made);
        return ok(made);
      },
      subscribe: (listener: (entries: readonly StoredEntry[]) => void) => {
        feed.push(listener);
        return () => undefined;
      },
    } as unknown as SentinelDeps["replica"],
    store: { recent: async () => entries } as unknown as SentinelDeps["store"],
    isOwn,
    isProposer: () => true,
    readings: () => ({ ...NOTHING, unresolved_share: undefined, provider_failures: unresolved }) as never,
    setting: (name) => {
      const value = settings.get(name);
      return value === undefined ? null : { value, min: 1, max: 10 };
    },
    change: async (name, value) => {
      if (typeof value !== "number" || value < 1 || value > 10) return "out of bounds";
      settings.set(name, value);
      return null;
    },
    debate: async () => null,
    verifiedPeers: () => [],
    seedList: () => null,
    enabled: () => true,
    intervalMs: () => 1_000,
    windowMs: () => 10_000,
    publish: () => undefined,
    now: () => clock.at,
    warn: () => undefined,
    ...over,
  };
  settings.set("reasoning.concurrent_tasks", 4);
  const sentinel = createSentinel(deps);
  const looks = async (count: number, value: number) => {
    unresolved = value;
    for (let at = 0; at < count; at++) {
      clock.at += 1_000;
      await sentinel.look();
    }
  };
  const arrive = (...arrived: StoredEntry[]) => {
    entries.unshift(...arrived);
    for (const listener of feed) listener(arrived);
  };
  return { sentinel, looks, settings, clock, entries, arrive };
}

describe("what is announced", () => {
  test("the proposal that changed, though a newer one is known", async () => {
    const announced: string[] = [];
    const { sentinel, arrive } = harness({
      enabled: () => false,
      publish: ({ id, state }) => announced.push(`${id} ${state}`),
    });
    sentinel.start();
    const old = stored(ours, body("propose", null));
    const newer = stored(sister, body("propose", null, { to: 6 }));
    arrive(old, newer);
    await settled(() => announced.length >= 2);
    expect(announced.sort()).toEqual([`${old.id} open`, `${newer.id} open`].sort());
    announced.length = 0;
    arrive(stored(sister, body("reject", old.id)));
    await settled(() => announced.length > 0);
    expect(announced).toEqual([`${old.id} rejected`]);
    await sentinel.stop();
  });

  async function settled(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
  }
});

describe("from a drift to a change", () => {
  async function proposed(over: Partial<SentinelDeps> = {}) {
    const all = harness(over);
    all.clock.at += 3_600_000;
    await all.looks(HISTORY_MIN + RECENT, 0.1);
    await all.looks(RECENT, 0.9);
    const [view] = await all.sentinel.proposals();
    if (view === undefined) throw new Error("nothing was proposed");
    return { ...all, view };
  }
  test("nothing changes before the commander decides, and a rejected change is not proposed again", async () => {
    const { sentinel, looks, settings, view, clock } = await proposed();
    expect(view).toMatchObject({
      state: "open",
      body: { setting: "reasoning.concurrent_tasks", from: 4, to: 2 },
    });
    await looks(50, 0.9);
    expect(settings.get("reasoning.concurrent_tasks")).toBe(4);
    expect((await sentinel.proposals()).length).toBe(1);
    expect((await sentinel.decide(view.id, "reject", "no")).ok).toBe(true);
    expect(await sentinel.decide(view.id, "approve", "")).toMatchObject({
      ok: false,
      error: { kind: "decided" },
    });
    clock.at += 7_200_000;
    await looks(10, 0.9);
    expect((await sentinel.proposals()).length).toBe(1);
  });
  test("an approved change that helps is kept", async () => {
    const { sentinel, looks, settings, view } = await proposed();
    await sentinel.decide(view.id, "approve", "");
    expect(settings.get("reasoning.concurrent_tasks")).toBe(2);
    await looks(15, 0.05);
    const [after] = await sentinel.proposals();
    expect(after).toMatchObject({ state: "kept", deployments: [{ outcome: "kept" }] });
    expect(settings.get("reasoning.concurrent_tasks")).toBe(2);
  });
  test("why one could not be applied is told in whole characters", async () => {
    const problem = `${"x".repeat(486)}😀${"x".repeat(100)}`;
    const { sentinel, entries, view } = await proposed({ change: async () => problem });
    await sentinel.decide(view.id, "approve", "");
    expect(entries[0]?.entry.body).toMatchObject({
      details: { reason: `not applied: ${"x".repeat(486)}` },
    });
  });
  test("one that does not help is rolled back, with what was seen", async () => {
    const { sentinel, looks, settings, view } = await proposed();
    await sentinel.decide(view.id, "approve", "");
    await looks(15, 0.95);
    const [after] = await sentinel.proposals();
    expect(after?.state).toBe("rolled_back");
    expect(after?.deployments[0]?.after).toBeCloseTo(0.95, 5);
    expect(settings.get("reasoning.concurrent_tasks")).toBe(4);
  });
  test("what the commander set meanwhile is left alone", async () => {
    const { sentinel, looks, settings, view } = await proposed();
    await sentinel.decide(view.id, "approve", "");
    settings.set("reasoning.concurrent_tasks", 7);
    await looks(15, 0.05);
    expect(settings.get("reasoning.concurrent_tasks")).toBe(7);
    expect((await sentinel.proposals())[0]?.deployments[0]?.reason).toContain("otherwise");
  });
});

describe("seeds", () => {
  const list = { version: 1 as const, network: "synapse", seeds: [] };
  const peer = { url: "https://spore.example.org", operator: operator.publicKey, name: "spore-0" };
  test("a verified peer with a public https address becomes a text for a pull request, and nothing else does", () => {
    const seed = nextSeed(
      [{ ...peer, url: null }, { ...peer, url: "http://spore.example.org" }, peer],
      list.seeds,
    );
    if (seed === null) throw new Error("no seed");
    expect(JSON.parse(withSeed(list, seed) ?? "{}").seeds).toEqual([seed]);
    expect(nextSeed([peer], [seed])).toBeNull();
    expect(withSeed({ ...list, seeds: [seed] }, seed)).toBeNull();
  });
  test("an approved seed changes no setting", async () => {
    const { sentinel, looks, settings, clock } = harness({
      verifiedPeers: () => [peer],
      seedList: () => list,
    });
    clock.at += 3_600_000;
    await looks(1, 0.1);
    const [view] = await sentinel.proposals();
    expect(view?.body.setting).toBe(SEED_LIST);
    const before = [...settings];
    await sentinel.decide(view?.id as EntryId, "approve", "");
    await looks(5, 0.1);
    expect([...settings]).toEqual(before);
    expect((await sentinel.proposals())[0]?.state).toBe("approved");
  });
});

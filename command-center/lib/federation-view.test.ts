/** Who takes part and how each came in, from what the spore tells and what the page knows. */
import { expect, test } from "bun:test";
import { federationViewSchema, inviteState, participantsOf } from "./federation-view.ts";
import type { FleetNode } from "./fleet.ts";

const node = (name: string, more: Partial<FleetNode> = {}): FleetNode => ({
  key: `key of ${name}`,
  name,
  operator: `operator of ${name}`,
  url: `https://${name}.example`,
  alsoAt: [],
  chosen: null,
  mine: false,
  state: "live",
  heardAt: 0,
  reason: null,
  via: "harbour",
  role: null,
  model: null,
  version: null,
  dna: "a",
  summary: {},
  place: null,
  ...more,
});
const seed = (name: string, more: object = {}) => ({
  url: `https://${name}.example`,
  operator: `operator of ${name}`,
  state: "joined",
  reason: null,
  tier: "stranger",
  at: "2026-11-26T10:00:00.000Z",
  ...more,
});
const view = (seeds: readonly object[]) =>
  federationViewSchema.parse({ dna: "a", bootstrap: { sources: [], seeds }, refusals: [] });
const NOBODY = { invites: null, blockedKeys: new Set<string>() };

test("each says how it came in; what nobody told stays unknown", () => {
  const nodes = [node("mine", { mine: true }), node("fjord"), node("guest"), node("heard", { dna: "b" })];
  const invites = [{ id: "1", note: "for the pier", used_by: "operator of guest" }];
  const told = participantsOf(
    view([seed("fjord"), seed("gone", { state: "unreachable", reason: null })]),
    nodes,
    {
      ...NOBODY,
      invites,
    },
  );
  expect(told.map(({ name, how }) => `${name}: ${how}`)).toEqual([
    "fjord: seed list",
    "guest: invited: for the pier",
    "heard: heard through gossip",
    "mine: your own",
    "gone.example: seed list",
  ]);
  expect(told.map(({ since }) => since !== null)).toEqual([true, false, false, false, true]);
  expect(told.map(({ sameProtocol }) => sameProtocol)).toEqual([true, true, false, true, null]);
  expect(told.at(-1)?.remark).toBe("does not answer");
});

test("whoever is blocked, by spore or by operator, is said to be", () => {
  const told = participantsOf(view([]), [node("a"), node("b"), node("c")], {
    invites: null,
    blockedKeys: new Set(["key of a", "operator of b"]),
  });
  expect(told.map(({ blocked }) => blocked)).toEqual([true, true, false]);
});

test("an invitation is open until it is used or its day is over", () => {
  const invite = { id: "1", used_by: null, expires_at: "2026-11-26T10:00:00.000Z" };
  const at = Date.parse(invite.expires_at);
  expect([inviteState(invite, at - 1), inviteState(invite, at + 1)]).toEqual(["open", "expired"]);
  expect(inviteState({ ...invite, used_by: "operator" }, at + 1)).toBe("used");
});

test("a spore of another version, which tells less, is read all the same", () => {
  expect(participantsOf(federationViewSchema.parse({}), [node("a", { dna: null })], NOBODY)[0]).toMatchObject(
    {
      how: "heard through gossip",
      sameProtocol: null,
    },
  );
});

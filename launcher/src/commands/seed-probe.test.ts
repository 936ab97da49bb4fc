/** Seeds are judged by what they answer: each way of being wrong is named. */
import { afterAll, describe, expect, test } from "bun:test";
import type { BootstrapSeed } from "@synapse/shared/contract/bootstrap.ts";
import type { Speaks } from "@synapse/shared/contract/federation.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { judgeSeeds, probeSeeds, type SeedAnswer } from "./seed-probe.ts";

const OPERATOR = "A".repeat(43) as PublicKey;
const seed = (name: string): BootstrapSeed => ({ url: `https://${name}.example`, operator: OPERATOR });
const SPEAKS: Speaks = {
  network: "synapse",
  entry: ["1:00000000000000aa"],
  gossip: ["1:00000000000000aa"],
  admission: ["1:00000000000000aa"],
};

function answer(name: string, change: Partial<SeedAnswer> = {}, health: Record<string, unknown> = {}) {
  const said = {
    spore: name,
    role: "brain",
    version: "0.1.0",
    dna: "d".repeat(64),
    operator: OPERATOR,
    ...health,
  };
  const value = { health: said, latencyMs: 12, speaks: SPEAKS, ownUrl: `https://${name}.example`, ...change };
  return { ok: true as const, latencyMs: 12, value: value as unknown as SeedAnswer };
}

const verdict = (first: ReturnType<typeof answer>) =>
  judgeSeeds([seed("a"), seed("b"), seed("c")], [first, answer("b"), answer("c")], "synapse")[0];

describe("a seed", () => {
  test("that is as it should be is described", () => {
    expect(verdict(answer("a"))).toMatchObject({ ok: true, dna: "d".repeat(64), latencyMs: 12 });
    expect(verdict(answer("a"))?.detail).toBe("a (brain), version 0.1.0, DNA dddddddddddd, 12 ms");
  });

  test.each([
    ["of another operator", answer("a", {}, { operator: "B".repeat(43) }), "belongs to operator B"],
    ["that does not say what it speaks", answer("a", { speaks: null }), "does not say which protocol"],
    [
      "of another network",
      answer("a", { speaks: { ...SPEAKS, network: "other" } }),
      'is of the network "other"',
    ],
    [
      "that the others do not understand",
      answer("a", { speaks: { ...SPEAKS, gossip: ["2:00000000000000bb"] } }),
      "another protocol than the other seeds: gossip: version 2 there, 1 here",
    ],
    ["without an address", answer("a", { ownUrl: null }), "goes by no address"],
    [
      "with another address",
      answer("a", { ownUrl: "https://x.example" }),
      "goes by another address: https://x.example",
    ],
  ])("%s is flagged", (_, given, detail) => {
    expect(verdict(given)?.ok).toBe(false);
    expect(verdict(given)?.detail).toContain(detail);
  });

  test("a spelling of its address is its address, and later versions beside the common one do no harm", () => {
    const more = { ...SPEAKS, gossip: [...SPEAKS.gossip, "2:00000000000000bb"] };
    expect(verdict(answer("a", { ownUrl: "https://A.example:443/", speaks: more }))?.ok).toBe(true);
  });
});

describe("over the wire", () => {
  const servers: { stop(force: boolean): unknown }[] = [];
  afterAll(() => Promise.all(servers.map((server) => server.stop(true))));
  const serve = (fetch: (request: Request) => Response) => {
    const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch });
    servers.push(server);
    return `http://127.0.0.1:${server.port}`;
  };

  test("what is not there, not a spore, or sends one elsewhere is told apart", async () => {
    const other = serve(() => Response.json({ hello: "world" }));
    const page = serve(() => new Response("<html>"));
    const away = serve(() => new Response(null, { status: 302, headers: { location: other } }));
    const broken = serve(() => new Response("no", { status: 503 }));
    const urls = [other, page, away, broken, "http://127.0.0.1:1"];
    const reports = await probeSeeds(
      urls.map((url) => ({ url, operator: OPERATOR })),
      "synapse",
    );
    expect(reports.map(({ ok }) => ok)).toEqual(urls.map(() => false));
    const [notASpore, notJson, , unavailable, nobody] = reports.map(({ detail }) => detail);
    expect(notASpore).toContain("not as a spore does");
    expect(notJson).toContain("not JSON");
    expect(unavailable).toContain("503");
    expect(nobody).toContain("does not listen");
  });
});

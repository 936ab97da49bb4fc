import { describe, expect, test } from "bun:test";
import { ROLES } from "@synapse/shared/contract/entry.ts";
import fc from "fast-check";
import type { Settings } from "../../settings.ts";
import { type Observation, planLaunch } from "./plan.ts";

const settings: Settings = {
  target: "local",
  targetChosen: false,
  count: 3,
  deployPage: true,
  pageTarget: "local",
  pageName: "synapse-cc",
  pagePort: 3000,
  dataDir: "/data",
  basePort: 7860,
  bootstrap: { kind: "default" },
  peers: [],
  sporeVariables: {},
  mapboxToken: null,
  mapboxStyle: null,
  startTimeoutMs: 180_000,
  hub: { token: null, owner: null, url: "https://huggingface.co", prefix: "synapse-spore", private: true },
  chosenVariables: {},
  database: null,
  snapshot: null,
  vercel: { token: null, team: null },
  configFile: null,
  notices: [],
};

const clean: Observation = {
  running: null,
  leftovers: [],
  staleFiles: [],
  hasOperatorKey: false,
  hasOperatorToken: false,
  sporesWithData: [],
  takenPorts: [],
  freeBasePort: null,
  freePagePort: null,
  pageIsBuilt: false,
  sporeScriptExists: true,
  pageFolderExists: true,
  bootstrapFileExists: false,
};

const ours = { pid: 42, started: "boot/1", command: "bun spore" };
const port = fc.record({
  port: fc.integer({ min: 1, max: 65_535 }),
  name: fc.constantFrom("spore-0", "spore-1", "command-center"),
  holder: fc.option(fc.record({ pid: fc.constantFrom(42, 43), command: fc.string() })),
});
const observation: fc.Arbitrary<Observation> = fc.record({
  running: fc.option(fc.record({ pid: fc.nat(), startedAt: fc.constant("2026-11-23T00:00:00.000Z") })),
  leftovers: fc.array(fc.constant({ name: "spore-0", process: ours }), { maxLength: 2 }),
  staleFiles: fc.array(fc.constant("/data/swarm.json"), { maxLength: 1 }),
  hasOperatorKey: fc.boolean(),
  hasOperatorToken: fc.boolean(),
  sporesWithData: fc.subarray(["spore-0", "spore-1", "spore-2"]),
  takenPorts: fc.array(port, { maxLength: 4 }),
  freeBasePort: fc.option(fc.integer({ min: 1, max: 65_535 })),
  freePagePort: fc.option(fc.integer({ min: 1, max: 65_535 })),
  pageIsBuilt: fc.option(fc.boolean()),
  sporeScriptExists: fc.boolean(),
  pageFolderExists: fc.boolean(),
  bootstrapFileExists: fc.boolean(),
});

const deepFreeze = <T>(value: T): T => {
  if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member);
    Object.freeze(value);
  }
  return value;
};

test("the plan depends on its inputs alone, and leaves them as they were", () => {
  fc.assert(
    fc.property(observation, fc.integer({ min: 1, max: 20 }), fc.boolean(), (observed, count, deployPage) => {
      const wanted = deepFreeze({ ...settings, count, deployPage });
      const frozen = deepFreeze(structuredClone(observed));
      const plan = planLaunch(wanted, frozen);
      expect(planLaunch(wanted, frozen)).toEqual(plan);
      const kinds = plan.steps.map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === "start-spore")).toHaveLength(count);
      expect(kinds.includes("serve-page")).toBe(deployPage);
      // Nothing may be started before what is left over has ended, nothing announced before it is healthy.
      expect(kinds.lastIndexOf("end-leftover")).toBeLessThan(kinds.indexOf("start-spore"));
      expect(kinds.slice(-2)).toEqual(["wait-for-health", "write-swarm-file"]);
    }),
  );
});

describe("a fresh launch", () => {
  test("makes key and token, starts each role in order, and repeats after seven", () => {
    const { obstacles, steps } = planLaunch({ ...settings, count: 8 }, clean);
    expect(obstacles).toEqual([]);
    expect(steps.slice(0, 2).map(({ kind }) => kind)).toEqual(["make-operator-key", "make-operator-token"]);
    const spores = steps.filter((step) => step.kind === "start-spore");
    expect(spores.map(({ role }) => role)).toEqual([...ROLES, "explorer"]);
    expect(spores.at(-1)?.url).toBe("http://127.0.0.1:7867");
  });

  test("on a data dir that is there, only starts things", () => {
    const { steps } = planLaunch(settings, {
      ...clean,
      hasOperatorKey: true,
      hasOperatorToken: true,
      pageIsBuilt: true,
      sporesWithData: ["spore-0"],
    });
    expect(steps.map(({ kind }) => kind)).toEqual([
      "start-spore",
      "start-spore",
      "start-spore",
      "serve-page",
      "wait-for-health",
      "write-swarm-file",
    ]);
    expect(steps.filter((step) => step.kind === "start-spore").map(({ data }) => data)).toEqual([
      "kept",
      "new",
      "new",
    ]);
  });
});

describe("obstacles", () => {
  test("a seed list in the clear, unless it is this machine's own", () => {
    const obstaclesOf = (value: string) =>
      planLaunch(
        { ...settings, bootstrap: { kind: "given", value } },
        { ...clean, bootstrapFileExists: true },
      ).obstacles;
    expect(obstaclesOf("http://lists.example/seeds.json")[0]).toContain("in the clear");
    for (const fine of [
      "https://lists.example/seeds.json",
      "/etc/seeds.json",
      "http://127.0.0.1:8000/seeds.json",
    ])
      expect(obstaclesOf(fine)).toEqual([]);
  });

  test("a taken port names itself, its holder and a way out", () => {
    const takenPorts = [
      { port: 7861, name: "spore-1", holder: { pid: 77, command: "python -m http.server" } },
      { port: 3000, name: "command-center", holder: null },
    ];
    const { obstacles } = planLaunch(settings, {
      ...clean,
      takenPorts,
      freeBasePort: 7900,
      freePagePort: 3001,
    });
    expect(obstacles[0]).toContain("port 7861");
    expect(obstacles[0]).toContain("pid 77 (python -m http.server)");
    expect(obstacles[0]).toContain("--base-port 7900");
    expect(obstacles[1]).toContain("--cc-port 3001");
  });

  test("a port held by our own leftover is none: it is ended first", () => {
    const leftovers = [{ name: "spore-0", process: ours }];
    const takenPorts = [{ port: 7860, name: "spore-0", holder: { pid: 42, command: "bun" } }];
    expect(planLaunch(settings, { ...clean, leftovers, takenPorts }).obstacles).toEqual([]);
  });

  test("a launch that runs already is named, and nothing else is said", () => {
    const running = { pid: 5, startedAt: "2026-11-23T00:00:00.000Z" };
    const { obstacles } = planLaunch(settings, { ...clean, running, sporeScriptExists: false });
    expect(obstacles).toHaveLength(1);
    expect(obstacles[0]).toContain("launcher pid 5");
    expect(obstacles[0]).toContain("launch down");
  });
});

/**
 * Nothing jumps: while a page reads slow spores, route after route, and while live events arrive, what stands on it
 * stays where it is. Measured as browsers measure it (cumulative layout shift) on every page, wide and narrow.
 */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import type { SporeEvent } from "@synapse/shared/contract/events.ts";
import type { TaskDetail } from "@synapse/shared/contract/status.ts";
import type { Page } from "playwright";
import { idOf, keyOf, node, OTHERS, SEAL_TASK, summaryOf } from "./support/fixtures.ts";
import { cumulative, shiftsOf, watchShifts } from "./support/layout-shifts.ts";
import type { Site } from "./support/static-site.ts";
import type { TestSpore } from "./support/test-spore.ts";
import { PAGES, ready, until, World } from "./support/world.ts";

const SHIFT_MAX = 0.05;
/** A working swarm on each kind of screen, and one without anything to tell where a change of size shows most. */
const LOOKS = [
  { width: 1440, height: 900, complete: true, live: true },
  { width: 820, height: 1180, complete: true, live: false },
  { width: 390, height: 844, complete: true, live: true },
  { width: 390, height: 844, complete: false, live: false },
] as const;
type Look = (typeof LOOKS)[number];
/** Routes answer one after the other, so that each is painted alone. */
const STEP_MS = 60;
const ROUTES = [
  "/api/health",
  "/api/swarm",
  "/api/tasks",
  "/api/memory",
  "/api/trust",
  "/api/providers",
  "/api/quantum",
  "/api/sentinel/status",
  "/api/proposals",
  "/api/cognition",
  "/api/settings",
  "/api/wall",
  "/api/history",
];

const world = new World();
afterEach(() => world.clear());
afterAll(() => world.end());

function slowSwarm(complete: boolean): TestSpore[] {
  const far = node(
    { name: "fjord", role: "brain", operator: OTHERS, model: "llama-3.3-70b-instruct" },
    { state: "stale", location: { name: "Bergen", latitude: 60.4, longitude: 5.3 } },
  );
  const edges = [
    { from: keyOf("harbour"), to: keyOf("lantern"), kind: "gossip" },
    { from: keyOf("lantern"), to: keyOf("fjord"), kind: "gossip" },
  ] as never;
  const delayMs = (path: string) =>
    STEP_MS * (1 + ((ROUTES.indexOf(path) + ROUTES.length + 1) % (ROUTES.length + 1)));
  return [0, 1, 2].map((index) =>
    world.spore({
      complete,
      delayMs: (path) => delayMs(path) + index * 25,
      ...(index === 0
        ? { nodes: [far], edges, place: { name: "Husum", latitude: 54.48, longitude: 9.05 } }
        : {}),
    }),
  );
}

/** One of each kind of event, as a working spore sends them. */
function everyEvent(spore: TestSpore, turn: number): void {
  const task = [...spore.tasks.values()].find(({ status }) => status === "reasoning") as TaskDetail;
  const delta = {
    ...(task.deltas[0] as TaskDetail["deltas"][number]),
    id: idOf(`live delta ${turn}`),
    cycle: task.cycle,
    hypothesis: `Live contribution number ${turn}.`,
  };
  spore.tasks.set(task.task_id, { ...task, deltas: [...task.deltas, delta] });
  const events: SporeEvent[] = [
    {
      type: "memory",
      data: {
        id: idOf(`live ${turn}`),
        kind: "memory",
        label: "cluster",
        author: keyOf("lantern"),
        spore: "lantern",
        content: `Live memory number ${turn}.`,
        total_memories: 300 + turn,
      },
    },
    { type: "delta", data: { task_id: task.task_id, delta } },
    { type: "task", data: summaryOf(task) },
    { type: "phase", data: { task_id: task.task_id, phase: task.phase, cycle: task.cycle, agreement: 0.6 } },
    { type: "peer", data: { id: keyOf("fjord"), name: "fjord", url: null, state: "live" } },
    { type: "provider", data: { id: "groq", state: "ready", reason: null } },
    { type: "trust", data: { subject: keyOf("lantern"), topic: "tides" } },
    { type: "quantum", data: { enabled: true } },
    { type: "cognition", data: { enabled: true } },
    { type: "proposal", data: { id: idOf("proposal 7"), status: "open", setting: "reasoning.cycles_max" } },
  ];
  for (const event of events) spore.emit(event);
}

/** Reads the page once, lets every kind of event arrive, and sums up what moved. */
async function shiftOf(site: Site, spores: readonly TestSpore[], path: string, look: Look) {
  const { page } = await world.open("about:blank", { viewport: { width: look.width, height: look.height } });
  await watchShifts(page);
  await page.goto(`${site.url}${path}`);
  await page.getByRole("button", { name: /^Connection: Live/ }).waitFor();
  await settled(page);
  if (look.live) {
    const views = () => spores.flatMap(({ seen }) => seen.filter((one) => one.path === "/api/swarm")).length;
    // "Live 2 of 3" is a live connection too, and the third would miss what is sent now.
    await until("a stream of every spore", () => spores.every(({ openStreams }) => openStreams === 1));
    const before = views();
    for (const spore of spores) {
      everyEvent(spore, 1);
      everyEvent(spore, 2);
    }
    await until("what the events made the page read again", () => views() >= before + spores.length);
    await settled(page);
  }
  const shifts = await shiftsOf(page);
  await page.context().close();
  return { total: cumulative(shifts), worst: shifts.filter(({ value }) => value >= 0.005) };
}

/** Nothing is being read any more. */
async function settled(page: Page): Promise<void> {
  await page
    .getByText(/^Reading /)
    .first()
    .waitFor({ state: "detached" });
}

describe.skipIf(!ready)("nothing jumps", () => {
  for (const path of [...PAGES, `/library?task=${idOf(SEAL_TASK)}`, "/library?view=memory"]) {
    test(`on ${path}, from a telephone to a wide screen`, async () => {
      for (const look of LOOKS) {
        const spores = slowSwarm(look.complete);
        const { total, worst } = await shiftOf(world.site(spores), spores, path, look);
        expect(total > SHIFT_MAX ? { look, total, worst } : null).toBeNull();
        await world.clear();
      }
    });
  }
});

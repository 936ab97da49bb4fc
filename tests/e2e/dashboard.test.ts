/** The Dashboard: five seconds, asking, watching live, and what it shows when spores fail. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import type { TaskDetail } from "@synapse/shared/contract/status.ts";
import { CAST, health, idOf, keyOf, node, OTHERS, SEAL_TASK, summaryOf } from "./support/fixtures.ts";
import { json, refuse } from "./support/replies.ts";
import type { TestSpore } from "./support/test-spore.ts";
import { ready, until, World } from "./support/world.ts";

const world = new World();
afterEach(() => world.clear());
afterAll(() => world.end());

const TOKEN = "a-token-of-the-operator";
const running = (spore: TestSpore) =>
  [...spore.tasks.values()].find((task) => task.status === "reasoning") as TaskDetail;

describe.skipIf(!ready)("the first five seconds", () => {
  test("say that it is well, what is thought about, and show every spore of every cluster", async () => {
    const stranger = node({ name: "fjord", role: "brain", operator: OTHERS, model: "llama" });
    const spores = [world.spore({ nodes: [stranger] }), world.spore(), world.spore()];
    const { page, complaints } = await world.open(world.site(spores).url);
    await page.getByText("All your 3 spores are well").waitFor();
    await page.getByText("Thinking about “Why does the tide gauge").waitFor();
    const list = page.getByRole("region", { name: "Spores", exact: true });
    for (const name of ["harbour", "lantern", "thistle", "fjord"])
      await list.getByText(name, { exact: true }).waitFor();
    expect(complaints).toEqual([]);
  });

  test("problems come first: a dead, an asleep, a refusing and a lying spore, each with its state", async () => {
    const good = world.spore();
    const asleep = world.spore({ overrides: { "*": () => refuse(503, "sleeping", "this Space is asleep") } });
    const refusing = world.spore({
      overrides: { "*": () => refuse(401, "unauthorised", "send the operator token") },
    });
    const lying = world.spore({
      overrides: {
        "/api/health": () =>
          json({ ...health(CAST[0] as never), spore: "liar", key: keyOf("liar"), memories: "lots" }),
      },
    });
    const dead = world.spore();
    const { page } = await world.open(world.site([good, asleep, refusing, lying, dead]).url);
    await page
      .getByText("2 of your 5 spores need attention")
      .or(page.getByText(/of your 5 spores need attention/))
      .first()
      .waitFor();
    await dead.stop();
    const list = page.getByRole("region", { name: "Spores", exact: true });
    for (const state of ["offline", "unauthorised", "sleeping", "live"])
      await list.getByText(state, { exact: true }).first().waitFor();
    const states = await list.getByRole("listitem").allInnerTexts();
    expect(states[0]).toContain("offline");
    expect(states.at(-1)).toContain("live");
    const liar = states.find((text) => text.includes("liar")) ?? "";
    expect(liar).toContain("– memories");
  });

  test("a node that answers only /api/health is shown", async () => {
    const bare = world.spore({
      overrides: {
        "/api/health": () => json({ spore: "bare", role: "brain", model: "unknown-model", uptime_s: 5 }),
        "/api/swarm": () => refuse(404, "not_found", "no"),
        "/api/tasks": () => refuse(404, "not_found", "no"),
        "/api/memory": () => refuse(404, "not_found", "no"),
        "/api/events": () => refuse(404, "not_found", "no"),
      },
    });
    const { page } = await world.open(world.site([bare]).url);
    await page.getByText("Your spore is well").waitFor();
    await page
      .getByRole("region", { name: "Spores", exact: true })
      .getByText("bare", { exact: true })
      .waitFor();
  });

  test("no spores at all: one step to start or to connect", async () => {
    const late = world.spore();
    const { page } = await world.open(world.site([]).url);
    await page.getByText("bun run launch --count 3 --deploy-cc").waitFor();
    await page.getByLabel("Address of a spore").fill(late.url);
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page
      .getByRole("region", { name: "Spores", exact: true })
      .getByText("harbour", { exact: true })
      .waitFor();
    expect(late.seen.every((request) => request.authorization === null)).toBe(true);
  });
});

describe.skipIf(!ready)("asking", () => {
  test("goes to my spore with the token and one idempotency key, and opens the task", async () => {
    const mine = world.spore({ token: TOKEN });
    const { page } = await world.open(`${world.site([mine]).url}/#token=${TOKEN}`);
    await page.getByTestId("ask-target").getByText("harbour").waitFor();
    await page.getByLabel("Ask your swarm").fill("Is the cistern full?");
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Conversation" }).getByText("Is the cistern full?").waitFor();
    const asked = mine.seen.filter((request) => request.method === "POST");
    expect(asked).toHaveLength(1);
    expect(asked[0]?.authorization).toBe(`Bearer ${TOKEN}`);
    expect(asked[0]?.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.parse(asked[0]?.body ?? "")).toEqual({ task: "Is the cistern full?", label: "cluster" });
    expect(page.url()).toContain(`task=${idOf("Is the cistern full?")}`);
  });

  test("without the token it says what is missing, and a repeated attempt keeps its key", async () => {
    const mine = world.spore({ token: TOKEN });
    const { page } = await world.open(world.site([mine]).url);
    await page.getByTestId("ask-target").getByText("harbour").waitFor();
    await page.getByLabel("Ask your swarm").fill("Is the cistern full?");
    await page.getByRole("button", { name: "Ask", exact: true }).click();
    await page.getByText("your spore wants the operator token").waitFor();
    await page.getByRole("button", { name: "Enter the operator token" }).click();
    await page.getByRole("dialog").getByLabel("Operator token").fill(TOKEN);
    await page.getByRole("button", { name: "Use this token" }).click();
    await page.getByRole("button", { name: "Ask", exact: true }).click();
    await page.getByRole("region", { name: "Conversation" }).getByText("Is the cistern full?").waitFor();
    const keys = mine.seen
      .filter((request) => request.method === "POST")
      .map((request) => request.idempotencyKey);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1] as string);
  });
});

function nextDelta(task: TaskDetail, name: string, text: string) {
  const template = task.deltas[0] as TaskDetail["deltas"][number];
  return {
    ...template,
    id: idOf(`${name} ${text}`),
    hypothesis: text,
    cycle: 2,
    author: keyOf(name),
    spore: name,
    claims: [],
    citations: [],
    created_at: new Date().toISOString(),
  };
}

function contribute(spore: TestSpore, text: string): void {
  const task = running(spore);
  const delta = nextDelta(task, "lantern", text);
  spore.tasks.set(task.task_id, { ...task, deltas: [...task.deltas, delta] });
  spore.emit({ type: "delta", data: { task_id: task.task_id, delta } });
}

const peer = (name: string) => ({ id: keyOf(name), name, url: null, state: "live" }) as const;

describe.skipIf(!ready)("watching", () => {
  test("a contribution appears as it arrives; a broken stream resumes without loss or duplicates", async () => {
    const mine = world.spore();
    const { page } = await world.open(world.site([mine]).url);
    const conversation = page.getByRole("region", { name: "Conversation" });
    await conversation.getByText("The gauge was knocked").first().waitFor();
    await until("the stream", () => mine.openStreams === 1);
    contribute(mine, "The float sticks at spring tide.");
    await conversation.getByText("The float sticks at spring tide.").waitFor();
    mine.dropStreams();
    contribute(mine, "Said while the line was down.");
    await conversation.getByText("Said while the line was down.").waitFor();
    await until("the resumed stream", () => mine.openStreams === 1);
    expect(await conversation.getByText("The float sticks at spring tide.").count()).toBe(1);
    expect(await conversation.getByText("Said while the line was down.").count()).toBe(1);
    const resumes = mine.seen
      .filter((request) => request.path === "/api/events")
      .map((request) => request.lastEventId);
    expect(resumes).toEqual([null, "1"]);
  });

  test("after a reset the snapshots are read again", async () => {
    const mine = world.spore();
    const { page } = await world.open(world.site([mine]).url);
    const conversation = page.getByRole("region", { name: "Conversation" });
    await conversation.getByText("The gauge was knocked").first().waitFor();
    await until("the stream", () => mine.openStreams === 1);
    mine.dropStreams();
    contribute(mine, "Forgotten by the stream, held by the spore.");
    mine.forgetEvents();
    await conversation.getByText("Forgotten by the stream, held by the spore.").waitFor();
  });

  test("an answer arrives with its quotations; pausing holds everything back and says how much waits", async () => {
    const mine = world.spore();
    const { page } = await world.open(world.site([mine]).url);
    const conversation = page.getByRole("region", { name: "Conversation" });
    await conversation.getByText("The gauge was knocked").first().waitFor();
    await until("the stream", () => mine.openStreams === 1);
    await page.keyboard.press("p");
    const task = running(mine);
    const seal = [...mine.tasks.values()].find((other) => other.description === SEAL_TASK) as TaskDetail;
    const answered: TaskDetail = {
      ...task,
      status: "converged",
      phase: "done",
      converged: true,
      final_answer: "Use it with 12 cm subtracted.",
      citations: seal.citations,
      validation: "confirmed",
      posterior: 0.9,
      confidence: 0.8,
      updated_at: new Date().toISOString(),
    };
    mine.tasks.set(task.task_id, answered);
    mine.emit({ type: "answer", data: summaryOf(answered) });
    await page.getByText("Paused · 1 new").waitFor();
    expect(await conversation.getByText("Use it with 12 cm subtracted.").count()).toBe(0);
    await page.keyboard.press("p");
    await conversation.getByText("Use it with 12 cm subtracted.").waitFor();
    await conversation.locator("mark", { hasText: "stored in the grey cabinet" }).waitFor();
  });

  test("what waits behind a pause survives a new spore and a new token, and is shown on going on", async () => {
    const [mine, late] = [world.spore({ token: TOKEN }), world.spore()];
    const { page } = await world.open(`${world.site([mine]).url}/#token=${TOKEN}`);
    const conversation = page.getByRole("region", { name: "Conversation" });
    const activity = page.getByRole("region", { name: "What changed" });
    await conversation.getByText("The gauge was knocked").first().waitFor();
    await until("the stream", () => mine.openStreams === 1);
    await page.keyboard.press("p");
    // Told by the stream alone: no snapshot that is read again could stand in for a lost event.
    mine.emit({ type: "peer", data: peer("gull") });
    await page.getByText("Paused · 1 new").waitFor();
    await page.getByRole("button", { name: /^Connections/ }).click();
    await page.getByLabel("Address of a spore").fill(late.url);
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await until("the new spore's stream", () => late.openStreams === 1);
    await page.getByRole("textbox", { name: "Operator token" }).fill(`another-${TOKEN}`);
    await page.getByRole("button", { name: "Use this token" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await until("the streams under the new token", () => mine.openStreams === 1 && late.openStreams === 1);
    mine.emit({ type: "peer", data: peer("tern") });
    await page.getByText("Paused · 2 new").waitFor();
    await page.keyboard.press("p");
    await activity.getByText("tern is live").waitFor();
    await activity.getByText("gull is live").waitFor();
  });

  test("one stream for each spore, whatever page is looked at", async () => {
    const spores = [world.spore(), world.spore()];
    const { page } = await world.open(world.site(spores).url);
    await page.getByText("All your 2 spores are well").waitFor();
    await until("both streams", () => spores.every((spore) => spore.openStreams === 1));
    await page.getByRole("link", { name: "Network", exact: true }).first().click();
    await page.getByRole("region", { name: "All spores" }).first().waitFor();
    expect(
      spores.map((spore) => spore.seen.filter((request) => request.path === "/api/events").length),
    ).toEqual([1, 1]);
  });

  test("a spore that dies leaves its last state, marked, and the page goes on", async () => {
    const [first, second] = [world.spore(), world.spore()];
    const { page } = await world.open(world.site([first, second]).url);
    await page.getByText("All your 2 spores are well").waitFor();
    await page.getByText("The gauge was knocked").first().waitFor();
    await second.stop();
    await page.getByText("1 of your 2 spores need attention").waitFor();
    expect(await page.getByText("The gauge was knocked").count()).toBeGreaterThan(0);
    await page.getByRole("button", { name: /^Connection: Live 1 of 2/ }).waitFor();
  });
});

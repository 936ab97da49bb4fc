/**
 * Records the demo that a page without spores can replay: `bun tests/e2e/support/record-demo.ts`. A real swarm of three
 * is started, remembers real notes and is asked real questions; what its spores answer and send is written down as it
 * is, with their addresses replaced by names that exist nowhere. Nothing is edited afterwards.
 */
import { fileURLToPath } from "node:url";
import { type Recording, recordingSchema } from "../../../command-center/demo/recording.ts";
import { cleanUp, startSwarm, type TestSpore } from "../../support/swarm.ts";

const TARGET = fileURLToPath(new URL("../../../command-center/public/demo.json", import.meta.url));
const NAMES = ["harbour", "lantern", "thistle"] as const;
const PLACES = ["54.48,9.05,Husum", "60.39,5.32,Bergen", "-39.81,-73.25,Valdivia"];
/** How often a snapshot is taken; only what changed is kept. */
const EVERY_MS = 1_000;
const BETWEEN_QUESTIONS_MS = 11_000;
const BEFORE_FIRST_MS = 3_000;

const NOTES = [
  "The tide gauge at the north pier reads 12 cm high since the storm of 3 January.",
  "Before the storm of 3 January the tide gauge agreed with the harbour office to the centimetre.",
  "Maintenance note, 14 March: Jonas replaced the shaft seal of the irrigation pump in greenhouse B with a NBR-70 ring.",
  "Order 2291 from Valmet: six seal rings NBR-70, delivered 2 February, stored in the grey cabinet, second drawer.",
  "Marta waters the seedlings at six in the morning, before the sun reaches the glass.",
  "The bridge over the mill stream opens in May. Its load limit is 3.5 tonnes.",
  "The bridge was built of larch in 1987 and got new handrails in 2019.",
  "The night tariff starts at 22:00 and ends at 06:00; pumping at night costs 40 percent less.",
  "We counted 1,240 seedlings in week 14 and 1,310 in week 15.",
  "The float of the tide gauge is cleaned every second Tuesday.",
  "Greenhouse B loses 8 litres a day through the old valve; valve 7 was replaced on 2 April.",
  "The lighthouse keeper reports fog when the pier lamp cannot be seen from the quay.",
];
const QUESTIONS = [
  "Which seal did Jonas put into the irrigation pump in greenhouse B?",
  "When does the bridge over the mill stream open, and what load may it bear?",
  "How many seedlings were counted in week 14?",
  "Is pumping at night cheaper?",
  "What is the population of Atlantis?",
  "Since when does the tide gauge at the north pier read too high?",
];

const PATHS = [
  "/api/health",
  "/api/swarm",
  "/api/memory",
  "/api/wall",
  "/api/cortex",
  "/api/sentinel/deployments",
  "/api/proposals",
  "/api/federation/status",
  "/api/settings",
  "/api/blocklist",
  "/api/history",
];

/** These change with every look: a picture of each now and then is enough. */
const BUSY_PATHS = [
  "/api/trust",
  "/api/convergence",
  "/api/quantum",
  "/api/cognition",
  "/api/sentinel/status",
  "/api/providers",
];
const BUSY_EVERY_ROUNDS = 6;

type Snapshots = Record<string, [number, unknown][]>;

class Recorder {
  readonly events: Recording["events"] = [];
  readonly snapshots: Snapshots = {};
  private readonly last = new Map<string, string>();
  private readonly startedAt = Date.now();
  private rounds = 0;

  private readonly spores: readonly TestSpore[];

  constructor(spores: readonly TestSpore[]) {
    this.spores = spores;
  }

  now(): number {
    return Date.now() - this.startedAt;
  }

  get recordedAt(): string {
    return new Date(this.startedAt).toISOString();
  }

  private anonymous(text: string): string {
    let plain = text;
    for (const [index, spore] of this.spores.entries()) plain = plain.replaceAll(spore.url, demoUrl(index));
    return plain;
  }

  async keep(index: number, path: string, name = path): Promise<unknown> {
    const reply = await this.spores[index]?.fetch(path);
    if (reply === undefined || !reply.ok) return null;
    const text = this.anonymous(await reply.text());
    const key = `${index} ${name}`;
    const json: unknown = JSON.parse(text);
    if (this.last.get(key) === still(text)) return json;
    this.last.set(key, still(text));
    this.snapshots[key] = [...(this.snapshots[key] ?? []), [this.now(), json]];
    return json;
  }

  async round(): Promise<void> {
    const paths = this.rounds % BUSY_EVERY_ROUNDS === 0 ? [...PATHS, ...BUSY_PATHS] : PATHS;
    this.rounds += 1;
    await Promise.all(
      this.spores.map(async (_, index) => {
        for (const path of paths) await this.keep(index, path);
      }),
    );
    const list = (await this.keep(0, "/api/tasks?limit=100", "/api/tasks")) as {
      tasks: { task_id: string; status: string }[];
    } | null;
    for (const { task_id, status } of list?.tasks ?? []) {
      await this.keep(0, `/api/task/${task_id}`);
      const receipt = `/api/task/${task_id}/receipt`;
      // Issued anew at each question, and the first is as good as the last.
      if (status === "converged" && this.snapshots[`0 ${receipt}`] === undefined) await this.keep(0, receipt);
    }
  }

  /** Entries never change: one look at the end takes them all, with everything they came from. */
  async entries(): Promise<void> {
    const wanted = new Set<string>(JSON.stringify(this.snapshots).match(/\b[0-9a-f]{64}\b/g) ?? []);
    for (const id of wanted) {
      const key = `0 /api/memory/${id}`;
      if ((await this.keep(0, `/api/memory/${id}`)) !== null && this.snapshots[key]) {
        this.snapshots[key] = this.snapshots[key].map(([, json]) => [0, json]);
      }
    }
    const metrics = (await this.keep(0, "/api/history")) as { metrics: { metric: string }[] };
    for (const index of this.spores.keys()) {
      for (const { metric } of metrics.metrics) {
        const from = this.startedAt - 60_000;
        const path = `/api/history?metric=${metric}&from=${from}&to=${Date.now()}&step=60`;
        await this.keep(index, path, `/api/history?metric=${metric}`);
        const key = `${index} /api/history?metric=${metric}`;
        this.snapshots[key] = (this.snapshots[key] ?? []).map(([, json]) => [0, json]);
      }
    }
  }

  async listen(index: number, signal: AbortSignal): Promise<void> {
    const reply = await this.spores[index]?.fetch("/api/events", { signal });
    let text = "";
    const decoder = new TextDecoder();
    try {
      for await (const chunk of reply?.body ?? []) {
        text += decoder.decode(chunk, { stream: true });
        const frames = text.split("\n\n");
        text = frames.pop() ?? "";
        for (const frame of frames) this.hear(index, frame);
      }
    } catch (cause) {
      if (!signal.aborted) throw cause;
    }
  }

  private hear(index: number, frame: string): void {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(frame)?.[1];
    const [id, type, data] = [field("id"), field("event"), field("data")];
    if (id === undefined || type === undefined || data === undefined) return;
    this.events.push([this.now(), index, Number(id), type, JSON.parse(this.anonymous(data))]);
  }
}

const demoUrl = (index: number) => `https://${NAMES[index]}.demo.invalid`;

/** Figures that change with every look would fill the recording without telling anything. */
function still(text: string): string {
  return text.replace(/"(uptime_s|as_of|last_seen|took_ms|resident|heap_used|at)":("[^"]*"|[\d.]+)/g, "");
}

const swarm = await startSwarm(NAMES.length, {}, (index) => ({
  SPORE_ID: NAMES[index] ?? "",
  SPORE_PLACE: PLACES[index] ?? "",
}));
const recorder = new Recorder(swarm);
/** Idle minds need minutes; a visitor has one. Quicker ticks, as any commander may set them. */
for (const spore of swarm) {
  await spore.fetch("/api/settings", {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ settings: { "cognition.tick_s": 1, "cognition.idle_s": 5 } }),
  });
}
const stop = new AbortController();
const listening = swarm.map((_, index) => recorder.listen(index, stop.signal));
let running = true;
const looking = (async () => {
  while (running) {
    await recorder.round();
    await Bun.sleep(EVERY_MS);
  }
})();
for (const content of NOTES) {
  await swarm[NOTES.indexOf(content) % swarm.length]?.post("/api/memory", { content });
  await Bun.sleep(250);
}
await Bun.sleep(BEFORE_FIRST_MS);
for (const task of QUESTIONS) {
  const asked = (await (await swarm[0]?.post("/api/task", { task }))?.json()) as { task_id: string };
  await Bun.sleep(BETWEEN_QUESTIONS_MS);
  // As its commander would: what is known to be right is graded, which is where trust comes from.
  await swarm[0]?.post(`/api/task/${asked.task_id}/grade`, { correct: true, note: "checked in the log" });
}
running = false;
await looking;
for (let i = 0; i < BUSY_EVERY_ROUNDS; i += 1) await recorder.round();
await recorder.entries();
const duration = recorder.now();
stop.abort();
await Promise.all(listening);
const { version } = (await swarm[0]?.health()) ?? { version: "" };
await cleanUp();

const recording: Recording = {
  v: 1,
  recorded_at: recorder.recordedAt,
  duration_ms: duration,
  version,
  spores: NAMES.map((name, index) => ({ url: demoUrl(index), name })),
  snapshots: recorder.snapshots,
  events: recorder.events,
};
const text = `${JSON.stringify(recordingSchema.parse(recording))}\n`;
await Bun.write(TARGET, text);
process.stdout.write(
  `${TARGET}: ${Math.round(text.length / 1024)} KiB, ${Bun.gzipSync(text).length >> 10} KiB compressed, ${recording.events.length} events, ${Math.round(duration / 1000)} s\n`,
);

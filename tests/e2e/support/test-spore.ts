/**
 * A server that speaks the contract from fixtures, for states that a healthy swarm cannot be brought into at will:
 * asleep, refusing, lying, slow, silent, hostile, huge. Test support only; where a real spore can show a state, the
 * tests use a real spore.
 */
import type { SporeEvent } from "@synapse/shared/contract/events.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import type { Swarm, SwarmNode, TaskDetail } from "@synapse/shared/contract/status.ts";
import { sha256Hex } from "@synapse/shared/hash.ts";
import { type Cast, health, idOf, keyOf, MEMORIES, node, summaryOf, tasks } from "./fixtures.ts";
import { history } from "./history-fixtures.ts";
import { BUSY, forStrangers, QUIET } from "./part-fixtures.ts";
import { CORS, json, refuse } from "./replies.ts";
import { TestPolicy } from "./test-policy.ts";

export interface TestSporeOptions {
  readonly cast: Cast;
  /** Without it everything is open, as on a laptop. */
  readonly token?: string;
  readonly tasks?: readonly TaskDetail[];
  readonly nodes?: readonly SwarmNode[];
  readonly edges?: Swarm["edges"];
  readonly place?: { name: string; latitude: number; longitude: number };
  /** It works with a model, has graded answers, thinks and proposes; without, it only answers. */
  readonly complete?: boolean;
  /** Held back this long before an answer begins, by path. */
  readonly delayMs?: (path: string) => number;
  /** Answers in place of the real routes, by path. */
  readonly overrides?: Readonly<Record<string, (request: Request) => Response | Promise<Response>>>;
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | null;
  readonly idempotencyKey: string | null;
  readonly lastEventId: string | null;
  readonly body: string;
}

const encoder = new TextEncoder();
/** Told to the commander alone. */
const COMMANDERS = new Set(["/api/settings", "/api/blocklist", "/api/invites"]);

export class TestSpore {
  readonly seen: Seen[] = [];
  readonly tasks: Map<string, TaskDetail>;
  private readonly options: TestSporeOptions;
  private readonly server: ReturnType<typeof Bun.serve>;
  private readonly streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  private readonly log: { id: number; frame: string }[] = [];
  private readonly policy = new TestPolicy();
  private sequence = 0;
  private readonly asked = new Map<string, string>();

  constructor(options: TestSporeOptions) {
    this.options = options;
    this.tasks = new Map((options.tasks ?? tasks()).map((task) => [task.task_id, task]));
    this.server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: (request) => this.answer(request),
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.server.port}`;
  }

  async stop(): Promise<void> {
    this.dropStreams();
    await this.server.stop(true);
  }

  /** Sends an event to every open stream and keeps it for those that resume. */
  emit(event: SporeEvent): void {
    this.sequence += 1;
    const frame = `id: ${this.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`;
    this.log.push({ id: this.sequence, frame });
    for (const stream of this.streams) stream.enqueue(encoder.encode(frame));
  }

  dropStreams(): void {
    for (const stream of this.streams) stream.close();
    this.streams.clear();
  }

  get openStreams(): number {
    return this.streams.size;
  }

  /** As if the past before now were forgotten: a resume gets `reset`. */
  forgetEvents(): void {
    this.log.length = 0;
  }

  private async answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: CORS });
    this.seen.push({
      method: request.method,
      path: url.pathname + url.search,
      authorization: request.headers.get("authorization"),
      idempotencyKey: request.headers.get("idempotency-key"),
      lastEventId: request.headers.get("last-event-id"),
      body: request.method === "GET" ? "" : await request.clone().text(),
    });
    const delay = this.options.delayMs?.(url.pathname) ?? 0;
    if (delay > 0) await Bun.sleep(delay);
    const override = this.options.overrides?.[url.pathname] ?? this.options.overrides?.["*"];
    if (override !== undefined) return await override(request);
    if (request.method !== "GET" && url.pathname !== "/api/task") {
      if (!this.isAuthorised(request)) return refuse(401, "unauthorised", "send the operator token");
      return this.policy.order(url.pathname, await request.json());
    }
    if (COMMANDERS.has(url.pathname) && !this.isAuthorised(request))
      return refuse(401, "unauthorised", "this needs the operator token: send Authorization: Bearer <token>");
    const told = this.policy.tell(url.pathname) ?? this.part(url.pathname, request);
    if (told !== null) return told;
    if (url.pathname === "/api/history") return json(history(url.searchParams));
    if (url.pathname === "/api/task" && request.method === "POST") return await this.take(request);
    if (url.pathname.startsWith("/api/task/")) return this.task(url.pathname, request);
    if (url.pathname.startsWith("/api/memory/") && url.pathname !== "/api/memory/search")
      return this.entry(url.pathname);
    return this.route(url, request);
  }

  private route(url: URL, request: Request): Response {
    const { cast, place } = this.options;
    switch (url.pathname) {
      case "/api/health":
        return json(health(cast, { memories: 210 + MEMORIES.length, location: place ?? null }));
      case "/api/tasks":
        return this.list(url, request);
      case "/api/memory":
        return this.memory(request);
      case "/api/memory/search":
        return this.search(url);
      case "/api/swarm":
        return json(this.swarm());
      case "/api/events":
        return this.events(request);
      default:
        return refuse(404, "not_found", `nothing answers ${url.pathname}`);
    }
  }

  /** A part of it; strangers see counts where the commander sees texts. */
  private part(path: string, request: Request): Response | null {
    const part = (this.options.complete === true ? BUSY : QUIET)[path];
    return part === undefined ? null : json(this.isAuthorised(request) ? part() : forStrangers(path, part()));
  }

  private isAuthorised(request: Request): boolean {
    const { token } = this.options;
    return token === undefined || request.headers.get("authorization") === `Bearer ${token}`;
  }

  private mayRead(label: Label, request: Request): boolean {
    return label === "public" || this.isAuthorised(request);
  }

  private async take(request: Request): Promise<Response> {
    if (!this.isAuthorised(request)) return refuse(401, "unauthorised", "send the operator token");
    const key = request.headers.get("idempotency-key") ?? crypto.randomUUID();
    const known = this.asked.get(key);
    if (known !== undefined) return json({ task_id: known }, 201);
    const { task, label } = (await request.json()) as { task: string; label: Label };
    const now = new Date().toISOString();
    const template = tasks().find((other) => other.status === "queued") as TaskDetail;
    const taken: TaskDetail = {
      ...template,
      task_id: idOf(task) as never,
      description: task,
      label,
      created_at: now,
      updated_at: now,
    };
    this.tasks.set(taken.task_id, taken);
    this.asked.set(key, taken.task_id);
    this.emit({ type: "task", data: summaryOf(taken) });
    return json({ task_id: taken.task_id }, 201);
  }

  private list(url: URL, request: Request): Response {
    const limit = Number(url.searchParams.get("limit") ?? 50);
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const q = (url.searchParams.get("q") ?? "").toLowerCase();
    const status = url.searchParams.get("status");
    const fitting = [...this.tasks.values()]
      .filter((task) => this.mayRead(task.label, request))
      .filter((task) => status === null || task.status === status)
      .filter((task) => `${task.description} ${task.final_answer}`.toLowerCase().includes(q))
      .sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
    const page = fitting.slice(from, from + limit).map(summaryOf);
    return json({ tasks: page, next: from + limit < fitting.length ? String(from + limit) : null });
  }

  private task(path: string, request: Request): Response {
    const [, , , id = "", part] = path.split("/");
    const task = this.tasks.get(id);
    if (task === undefined || !this.mayRead(task.label, request)) {
      return refuse(404, "not_found", "no task with this id is known here, or it needs the operator's token");
    }
    if (part === "receipt")
      return refuse(409, "conflict", "the task has no answer yet, so there is no receipt");
    return json(task);
  }

  private memory(request: Request): Response {
    const authorised = this.isAuthorised(request);
    const root = sha256Hex("public set");
    return json({
      total_memories: 210 + MEMORIES.length,
      private: 12,
      cluster: 150,
      public: 52,
      clock: {},
      beyond: {},
      root,
      roots: { public: root, ...(authorised ? { cluster: sha256Hex("cluster set") } : {}) },
      recent: authorised ? MEMORIES.map((memory) => brief(memory)) : [],
    });
  }

  private search(url: URL): Response {
    const words = (url.searchParams.get("q") ?? "").toLowerCase().split(/\s+/);
    const found = MEMORIES.filter((memory) =>
      words.some((word) => memory.content.toLowerCase().includes(word)),
    );
    return json({
      results: found.map((memory, index) => ({ ...brief(memory), score: 1 / (index + 1) })),
      took_ms: 1.4,
    });
  }

  private entry(path: string): Response {
    const memory = MEMORIES.find((other) => idOf(other.name) === path.split("/").at(-1));
    if (memory === undefined) return refuse(404, "not_found", "no entry with this id is known here");
    const parents = memory.kind === "thought" ? MEMORIES.filter((other) => other.kind === "memory") : [];
    const children = memory.kind === "memory" ? MEMORIES.filter((other) => other.kind === "thought") : [];
    const { content: _, ...envelope } = brief(memory);
    return json({
      ...envelope,
      certificate: null,
      visible: true,
      signature: "s".repeat(86),
      entry: {
        v: 1,
        kind: memory.kind,
        label: "cluster",
        replica: `${keyOf(memory.spore)}.0011223344556677`,
        counter: 7,
        clock: [Date.now() - 86_400_000, 0],
        parents: parents.map((parent) => idOf(parent.name)),
        body: { content: memory.content },
      },
      parents: parents.map(brief),
      missing_parents: 0,
      children: children.map(brief).map(({ content: __, ...child }) => child),
    });
  }

  private swarm(): Swarm {
    const { cast, nodes = [], edges = [] } = this.options;
    const own = node(cast, { state: "self", url: this.url });
    return { spore: own.id, nodes: [own, ...nodes], edges, as_of: new Date().toISOString() };
  }

  private events(request: Request): Response {
    const last = request.headers.get("last-event-id");
    let mine: ReadableStreamDefaultController<Uint8Array> | null = null;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        mine = controller;
        this.streams.add(controller);
        controller.enqueue(encoder.encode("retry: 500\n\n"));
        if (last === null) controller.enqueue(encoder.encode(`id: ${this.sequence}\n\n`));
        else this.resume(controller, Number(last));
      },
      cancel: () => {
        if (mine !== null) this.streams.delete(mine);
      },
    });
    return new Response(stream, {
      headers: { ...CORS, "content-type": "text/event-stream", "cache-control": "no-store" },
    });
  }

  private resume(controller: ReadableStreamDefaultController<Uint8Array>, last: number): void {
    const oldest = this.log[0]?.id ?? this.sequence + 1;
    if (last + 1 < oldest) {
      const data = JSON.stringify({ reason: "older than this spore remembers" });
      controller.enqueue(encoder.encode(`id: ${this.sequence}\nevent: reset\ndata: ${data}\n\n`));
      return;
    }
    for (const { id, frame } of this.log) if (id > last) controller.enqueue(encoder.encode(frame));
  }
}

function brief(memory: (typeof MEMORIES)[number]) {
  return {
    id: idOf(memory.name),
    content: memory.content,
    author: keyOf(memory.spore),
    spore: memory.spore,
    kind: memory.kind,
    label: "cluster",
    created_at: new Date(Date.now() - 86_400_000).toISOString(),
  };
}

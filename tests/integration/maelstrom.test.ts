/**
 * The Maelstrom adapter, driven over stdin as Maelstrom does: five processes, a router between them that delays every
 * message and cuts the network for a while, and clients that write and read. Everybody ends with everything written.
 */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ROOT } from "../support/source-tree.ts";

setDefaultTimeout(120_000);

interface Message {
  readonly src: string;
  readonly dest: string;
  readonly body: { readonly type: string; readonly [member: string]: unknown };
}

const NODES = ["n1", "n2", "n3", "n4", "n5"];
const DELAY_MS = 20;

class Router {
  private readonly children = new Map<string, ChildProcess>();
  private readonly waiting = new Map<number, (body: Message["body"]) => void>();
  private nextId = 1;
  /** Between nodes, beside clients' own. */
  messages = 0;
  isCut: (src: string, dest: string) => boolean = () => false;

  constructor() {
    for (const name of NODES) {
      const child = spawn(process.execPath, [join(ROOT, "tests/maelstrom/node.ts")], {
        stdio: ["pipe", "pipe", "ignore"],
      });
      this.children.set(name, child);
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) =>
        this.route(JSON.parse(line) as Message),
      );
    }
  }

  call(dest: string, body: Message["body"]): Promise<Message["body"]> {
    const id = this.nextId++;
    const { promise, resolve } = Promise.withResolvers<Message["body"]>();
    this.waiting.set(id, resolve);
    this.deliver({ src: "c1", dest, body: { ...body, msg_id: id } });
    return promise;
  }

  stop(): void {
    for (const child of this.children.values()) child.kill();
  }

  private route(message: Message): void {
    const { src, dest, body } = message;
    if (dest.startsWith("c")) {
      this.waiting.get(Number(body.in_reply_to))?.(body);
      return;
    }
    this.messages++;
    if (this.isCut(src, dest)) return;
    setTimeout(() => this.deliver(message), DELAY_MS);
  }

  private deliver(message: Message): void {
    this.children.get(message.dest)?.stdin?.write(`${JSON.stringify(message)}\n`);
  }
}

let router: Router | null = null;
afterEach(() => router?.stop());

async function start(): Promise<Router> {
  router = new Router();
  for (const name of NODES) {
    const reply = await router.call(name, { type: "init", node_id: name, node_ids: NODES });
    expect(reply.type).toBe("init_ok");
  }
  return router;
}

async function readAll(network: Router, member: "messages" | "value"): Promise<number[][]> {
  const replies = await Promise.all(NODES.map((name) => network.call(name, { type: "read" })));
  return replies.map((reply) => [...(reply[member] as number[])].sort((a, b) => a - b));
}

async function untilAllHave(network: Router, member: "messages" | "value", wanted: readonly number[]) {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await Bun.sleep(100)) {
    const all = await readAll(network, member);
    if (all.every((one) => Bun.deepEquals(one, wanted))) return;
  }
  expect(await readAll(network, member)).toEqual(NODES.map(() => [...wanted]));
}

test("broadcast: what is said at one node is read at all of them", async () => {
  const network = await start();
  expect((await network.call("n1", { type: "topology", topology: {} })).type).toBe("topology_ok");
  const wanted = Array.from({ length: 50 }, (_, n) => n);
  for (const n of wanted) {
    const reply = await network.call(NODES[n % NODES.length] ?? "", { type: "broadcast", message: n });
    expect(reply.type).toBe("broadcast_ok");
  }
  await untilAllHave(network, "messages", wanted);
  expect((await network.call("n1", { type: "no such thing" })).code).toBe(10);
});

test("g-set: a network cut in two and mended loses no element", async () => {
  const network = await start();
  await network.call("n1", { type: "add", element: 0 });
  await untilAllHave(network, "value", [0]);
  const left = new Set(["n1", "n2"]);
  network.isCut = (src, dest) => left.has(src) !== left.has(dest);
  const wanted = Array.from({ length: 21 }, (_, n) => n);
  for (const n of wanted.slice(1)) {
    expect((await network.call(NODES[n % NODES.length] ?? "", { type: "add", element: n })).type).toBe(
      "add_ok",
    );
  }
  await Bun.sleep(1_000);
  const [first, , third] = await readAll(network, "value");
  expect(first?.length).toBeLessThan(wanted.length);
  expect(third?.length).toBeLessThan(wanted.length);
  network.isCut = () => false;
  await untilAllHave(network, "value", wanted);
});

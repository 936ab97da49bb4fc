/**
 * A Hub for tests, on loopback: the requests that `@huggingface/hub` and huggingface_hub's source make, answered as
 * their documentation says, with accounts, rights, repositories, values and the life of Spaces.
 *
 * What it does not have: Xet storage (large files go the documented older way), quotas, organisations' settings.
 */
import { createHash } from "node:crypto";
import { freePort } from "../spore-process.ts";
import { FakeSpace, staticHost } from "./fake-space.ts";
import {
  decode,
  detailsOf,
  type FakeToken,
  logStream,
  maySee,
  mayWrite,
  refusal,
  resolveFile,
  runtimeOf,
  valuesOf,
  whoAmI,
} from "./hub-answers.ts";
import { AnsweringRuntime, ProcessRuntime, StaticRuntime } from "./space-runtime.ts";

export interface FakeHubOptions {
  readonly tokens: Readonly<Record<string, FakeToken>>;
  /** Real builds and processes; else Spaces only answer for their health. */
  readonly real?: boolean;
  readonly buildMs?: number;
  /** Served over TLS, with this certificate. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Ends the builds of Spaces whose id it is true for. */
  readonly buildFails?: (id: string) => string | null;
}

export interface JournalEntry {
  readonly method: string;
  readonly path: string;
  readonly token: string | null;
  readonly body: string;
  /** Of a request for a part of a file. */
  readonly range?: string | null;
}

interface CreateWish {
  readonly name: string;
  readonly organization: string;
  readonly type?: string;
  readonly sdk: "docker" | "static";
  readonly visibility?: string;
  readonly files?: readonly { readonly path: string; readonly content: string }[];
}

const BODY_KEPT_CHARS = 20_000;
const REQUEST_BYTES_MAX = 1024 ** 3;
/** Endings the Hub keeps in large-file storage. */
const LARGE = /\.(woff2|png|ico|bin|backup)$/;

export class FakeHub {
  readonly spaces = new Map<string, FakeSpace>();
  /** Repositories of data: the same but that nothing runs there. */
  readonly datasets = new Map<string, FakeSpace>();
  readonly journal: JournalEntry[] = [];
  /** Answers a request instead of the Hub; null lets it pass. */
  interfere: (entry: JournalEntry, index: number) => Response | null = () => null;
  /** Replaces the answer to a request that was carried out: one that got lost on its way back. */
  interfereAfter: (entry: JournalEntry) => Response | null = () => null;
  readonly #options: FakeHubOptions;
  readonly #server: Bun.Server<undefined>;
  readonly #large = new Map<string, Uint8Array<ArrayBuffer>>();

  constructor(options: FakeHubOptions) {
    this.#options = options;
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      idleTimeout: 60,
      maxRequestBodySize: REQUEST_BYTES_MAX,
      ...(options.tls === undefined ? {} : { tls: options.tls }),
      fetch: (request) => this.#answer(request),
    });
  }

  get url(): string {
    return `${this.#options.tls === undefined ? "http" : "https"}://127.0.0.1:${this.#server.port}`;
  }

  /** What changed something, in order. */
  get changes(): readonly JournalEntry[] {
    return this.journal.filter(({ method }) => method !== "GET");
  }

  async settled(): Promise<void> {
    await Promise.all([...this.spaces.values()].map((space) => space.settled()));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.spaces.values()].map((space) => space.delete()));
    await this.#server.stop(true);
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname.startsWith("/store/")) return this.#stored(url.pathname);
    const bytes = new Uint8Array(await request.arrayBuffer());
    const token = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? null;
    const body =
      bytes.length <= BODY_KEPT_CHARS ? new TextDecoder().decode(bytes) : `(${bytes.length} bytes)`;
    const range = request.headers.get("range");
    const entry = { method: request.method, path: `${url.pathname}${url.search}`, token, body, range };
    this.journal.push(entry);
    const interference = this.interfere(entry, this.journal.length - 1);
    if (interference !== null) return interference;
    const answer = await this.#authorised(request, url, bytes, token);
    return this.interfereAfter(entry) ?? answer;
  }

  async #authorised(
    request: Request,
    url: URL,
    bytes: Uint8Array<ArrayBuffer>,
    token: string | null,
  ): Promise<Response> {
    if (url.pathname.startsWith("/large-files/")) return this.#storeLarge(url.pathname, bytes);
    const who = token === null ? undefined : this.#options.tokens[token];
    if (who === undefined) return refusal(401, "Invalid credentials in Authorization header");
    return await this.#route(request, url, bytes, who);
  }

  async #route(
    request: Request,
    url: URL,
    bytes: Uint8Array<ArrayBuffer>,
    who: FakeToken,
  ): Promise<Response> {
    const { method } = request;
    const { pathname } = url;
    const json = <T>(): T => JSON.parse(new TextDecoder().decode(bytes)) as T;
    if (method === "GET" && pathname === "/api/whoami-v2") return Response.json(whoAmI(who));
    if (method === "POST" && pathname === "/api/repos/create")
      return await this.#create(json<CreateWish>(), who);
    if (method === "DELETE" && pathname === "/api/repos/delete")
      return await this.#delete(json<{ name: string; organization: string }>(), who);
    if (method === "GET" && pathname === "/api/spaces") return this.#list(url, who);
    const [, kind, id, rest = ""] =
      /^\/(?:api\/)?(spaces|datasets)\/([^/]+\/[^/]+?)(?:\.git)?(\/.*)?$/.exec(pathname) ?? [];
    const space = id === undefined ? undefined : this[kind === "datasets" ? "datasets" : "spaces"].get(id);
    if (space === undefined || !maySee(space, who)) return refusal(404, "Repository not found");
    if (rest.startsWith("/resolve/main/"))
      return resolveFile(space, rest.slice("/resolve/main/".length), request);
    if (method === "GET") return this.#read(space, rest);
    if (!mayWrite(space.id, who)) return refusal(403, "Forbidden: you need write access to this repository");
    return await this.#change(space, `${method} ${rest}`, bytes, json);
  }

  #list(url: URL, who: FakeToken): Response {
    const author = url.searchParams.get("author");
    const query = url.searchParams.get("search") ?? "";
    const found = [...this.spaces.values()].filter(
      (space) => space.id.startsWith(`${author}/`) && space.id.includes(query) && maySee(space, who),
    );
    return Response.json(found.map(detailsOf));
  }

  #read(space: FakeSpace, rest: string): Response {
    if (rest === "") return Response.json(detailsOf(space));
    if (rest === "/runtime") return Response.json(runtimeOf(space));
    if (rest === "/variables") return Response.json(valuesOf(space.variables, true));
    if (rest === "/secrets") return Response.json(valuesOf(space.secrets, false));
    if (rest === "/tree/main") return Response.json(space.tree());
    if (rest === "/logs/build") return logStream(space.buildLog);
    if (rest === "/logs/run") return logStream(space.runLog);
    return refusal(404, "Not found");
  }

  async #change(
    space: FakeSpace,
    call: string,
    bytes: Uint8Array<ArrayBuffer>,
    json: <T>() => T,
  ): Promise<Response> {
    const [, verb, kind] = /^(POST|DELETE) \/(secrets|variables)$/.exec(call) ?? [];
    if (kind === "secrets" || kind === "variables") {
      const { key, value, description } = json<{ key: string; value: string; description?: string }>();
      if (!/^[a-zA-Z][_a-zA-Z0-9]*$/.test(key)) return refusal(400, `"key" has a wrong form`);
      if (verb === "POST") space[kind].set(key, { value, description: description ?? null });
      else space[kind].delete(key);
      if (space.stage === "RUNNING") space.restart();
      return Response.json(kind === "variables" ? valuesOf(space.variables, true) : {});
    }
    switch (call) {
      case "PUT /settings":
        space.visibility = json<{ visibility: string }>().visibility;
        return Response.json({});
      case "POST /restart":
        space.restart();
        return Response.json(runtimeOf(space));
      case "POST /pause":
        space.pause();
        return Response.json(runtimeOf(space));
      case "POST /preupload/main": {
        const { files } = json<{ files: { path: string }[] }>();
        return Response.json({
          files: files.map(({ path }) => ({ path, uploadMode: LARGE.test(path) ? "lfs" : "regular" })),
        });
      }
      case "POST /info/lfs/objects/batch": {
        const { objects } = json<{ objects: { oid: string; size: number }[] }>();
        return Response.json({
          transfer: "basic",
          objects: objects.map(({ oid, size }) => ({
            oid,
            size,
            ...(this.#large.has(oid)
              ? {}
              : { actions: { upload: { href: `${this.url}/large-files/${oid}` } } }),
          })),
        });
      }
      case "POST /commit/main":
        return this.#commit(space, new TextDecoder().decode(bytes));
      default:
        return refusal(404, "Not found");
    }
  }

  /** What is in large-file storage, to anybody who knows its digest, as behind the Hub's signed addresses. */
  #stored(path: string): Response {
    const [, , oid = "", name = ""] = path.split("/");
    const bytes = this.#large.get(oid);
    if (bytes === undefined) return refusal(404, "Not found");
    return new Response(bytes, {
      headers: { "content-type": Bun.file(name).type, "access-control-allow-origin": "*" },
    });
  }

  #storeLarge(path: string, bytes: Uint8Array<ArrayBuffer>): Response {
    const oid = path.split("/").at(-1) ?? "";
    if (createHash("sha256").update(bytes).digest("hex") !== oid) return refusal(400, "the digest differs");
    this.#large.set(oid, bytes);
    return new Response(null, { status: 200 });
  }

  #commit(space: FakeSpace, text: string): Response {
    for (const line of text.split("\n")) {
      const { key, value } = JSON.parse(line) as { key: string; value: Record<string, string> };
      const path = value.path ?? "";
      if (key === "file") space.files.set(path, decode(value.content ?? ""));
      if (key === "deletedFile") space.files.delete(path);
      if (key === "lfsFile") {
        const bytes = this.#large.get(value.oid ?? "");
        if (bytes === undefined) return refusal(400, `the large file ${path} was not uploaded`);
        space.files.set(path, bytes);
        space.large.add(path);
      }
    }
    space.commits += 1;
    space.rebuild();
    const oid = createHash("sha1").update(`${space.id}${space.commits}`).digest("hex");
    return Response.json({
      success: true,
      commitOid: oid,
      commitUrl: `${this.url}/spaces/${space.id}/commit/${oid}`,
      hookOutput: "",
    });
  }

  async #create(wish: CreateWish, who: FakeToken): Promise<Response> {
    const id = `${wish.organization}/${wish.name}`;
    if (!mayWrite(id, who))
      return refusal(
        403,
        `You don't have the rights to create a space under the namespace "${wish.organization}"`,
      );
    if (wish.type === "dataset") {
      if (this.datasets.has(id)) return refusal(409, "You already created this dataset repo");
      await this.makeDataset(id, wish.visibility ?? "public");
      return Response.json({ url: `${this.url}/datasets/${id}`, name: id, id });
    }
    if (this.spaces.has(id)) return refusal(409, "You already created this space repo");
    if (wish.sdk === "docker" && !who.isPro)
      return refusal(402, "Docker Spaces require a paid plan: subscribe to PRO");
    const space = await this.#make(id, wish.sdk, wish.visibility ?? "public");
    for (const { path, content } of wish.files ?? []) space.files.set(path, decode(content));
    return Response.json({
      url: `${this.url}/spaces/${id}`,
      name: id,
      id: createHash("sha1").update(id).digest("hex"),
    });
  }

  /** A dataset, as if it had been there before. */
  async makeDataset(id: string, visibility: string): Promise<void> {
    const dataset = await this.#make(id, "static", visibility, false);
    this.datasets.set(id, dataset);
  }

  async #make(id: string, sdk: "docker" | "static", visibility: string, isSpace = true): Promise<FakeSpace> {
    const buildMs = this.#options.buildMs ?? 0;
    const docker = this.#options.real === true ? new ProcessRuntime() : new AnsweringRuntime(buildMs);
    const space = new FakeSpace({
      id,
      sdk,
      visibility,
      port: await freePort(),
      runtime: sdk === "static" ? new StaticRuntime(staticHost(id), this.url) : docker,
      buildError: this.#options.buildFails?.(id) ?? null,
    });
    if (isSpace) this.spaces.set(id, space);
    return space;
  }

  /** Puts a Space of somebody else on the Hub. */
  async plant(id: string, files: Readonly<Record<string, string>>): Promise<FakeSpace> {
    const space = await this.#make(id, "docker", "public");
    for (const [path, text] of Object.entries(files)) space.files.set(path, new TextEncoder().encode(text));
    return space;
  }

  async #delete(
    { name, organization }: { name: string; organization: string },
    who: FakeToken,
  ): Promise<Response> {
    const id = `${organization}/${name}`;
    const space = this.spaces.get(id);
    if (space === undefined) return refusal(404, "Repository not found");
    if (!mayWrite(id, who)) return refusal(403, "Forbidden");
    this.spaces.delete(id);
    await space.delete();
    return Response.json({});
  }
}

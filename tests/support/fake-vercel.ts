/**
 * Vercel's REST interface for tests, on loopback: projects, files, deployments, domains, as its documentation describes
 * them (vercel.com/docs/rest-api). What is deployed is served with `cleanUrls` and the headers of its vercel.json.
 */
import { createHash } from "node:crypto";
import type { JournalEntry } from "./fake-hub/fake-hub.ts";

interface FakeDeployment {
  readonly uid: string;
  readonly meta: Readonly<Record<string, string>>;
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  readyState: string;
}

interface FakeProject {
  readonly id: string;
  readonly name: string;
  readonly deployments: FakeDeployment[];
  readonly site: Bun.Server<undefined>;
}

interface DeploymentWish {
  readonly project: string;
  readonly files: readonly { readonly file: string; readonly sha: string; readonly size: number }[];
  readonly meta?: Readonly<Record<string, string>>;
}

export class FakeVercel {
  readonly projects = new Map<string, FakeProject>();
  readonly journal: JournalEntry[] = [];
  /** Answers a request instead of Vercel; null lets it pass. */
  interfere: (entry: JournalEntry, index: number) => Response | null = () => null;
  /** How a deployment ends. */
  outcome: "READY" | "ERROR" = "READY";
  readonly #token: string;
  readonly #files = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #server: Bun.Server<undefined>;

  constructor(token: string) {
    this.#token = token;
    this.#server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: (request) => this.#answer(request) });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  get changes(): readonly JournalEntry[] {
    return this.journal.filter(({ method }) => method !== "GET");
  }

  async stop(): Promise<void> {
    for (const { site } of this.projects.values()) await site.stop(true);
    await this.#server.stop(true);
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const bytes = new Uint8Array(await request.arrayBuffer());
    const token = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? null;
    const isFile = url.pathname === "/v2/files";
    const body = isFile ? `(${bytes.length} bytes)` : new TextDecoder().decode(bytes);
    const entry = { method: request.method, path: `${url.pathname}${url.search}`, token, body };
    this.journal.push(entry);
    const interference = this.interfere(entry, this.journal.length - 1);
    if (interference !== null) return interference;
    if (token !== this.#token) return refusal(403, "forbidden", "Not authorized");
    if (isFile) return this.#store(request.headers.get("x-vercel-digest") ?? "", bytes);
    return await this.#route(request.method, url, body);
  }

  async #route(method: string, url: URL, body: string): Promise<Response> {
    const { pathname } = url;
    if (method === "POST" && pathname === "/v11/projects") return this.#create(JSON.parse(body).name);
    if (method === "POST" && pathname === "/v13/deployments") return this.#deploy(JSON.parse(body));
    if (method === "GET" && pathname === "/v7/deployments") {
      const project = this.#projectOf(url.searchParams.get("projectId") ?? "");
      return Response.json({ deployments: (project?.deployments ?? []).map(listed) });
    }
    const [, id] = /^\/v13\/deployments\/([^/]+)$/.exec(pathname) ?? [];
    if (id !== undefined) return this.#deployment(id);
    const [, name = "", rest = ""] = /^\/v9\/projects\/([^/]+)(\/domains)?$/.exec(pathname) ?? [];
    const project = this.#projectOf(decodeURIComponent(name));
    if (project === undefined) return refusal(404, "not_found", "Project not found");
    if (method === "DELETE") {
      await project.site.stop(true);
      this.projects.delete(project.name);
      return new Response(null, { status: 204 });
    }
    if (rest === "") return Response.json({ id: project.id, name: project.name });
    return Response.json({
      domains: [
        { name: `http://127.0.0.1:${project.site.port}`, verified: true, redirect: null },
        {
          name: `http://old-and-longer.127.0.0.1:${project.site.port}`,
          verified: true,
          redirect: "elsewhere",
        },
      ],
    });
  }

  #projectOf(name: string): FakeProject | undefined {
    return this.projects.get(name) ?? [...this.projects.values()].find(({ id }) => id === name);
  }

  #create(name: string): Response {
    if (this.projects.has(name)) return refusal(409, "conflict", `A project named ${name} exists already`);
    const project: FakeProject = {
      id: `prj_${createHash("sha1").update(name).digest("hex").slice(0, 12)}`,
      name,
      deployments: [],
      site: Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch: (request) =>
          serve(
            project.deployments.find(({ readyState }) => readyState === "READY"),
            request,
          ),
      }),
    };
    this.projects.set(name, project);
    return Response.json({ id: project.id, name });
  }

  #store(digest: string, bytes: Uint8Array<ArrayBuffer>): Response {
    if (createHash("sha1").update(bytes).digest("hex") !== digest) {
      return refusal(400, "bad_request", "the digest differs");
    }
    this.#files.set(digest, bytes);
    return Response.json({});
  }

  #deploy(wish: DeploymentWish): Response {
    const project = this.#projectOf(wish.project);
    if (project === undefined) return refusal(404, "not_found", "Project not found");
    const missing = wish.files.map(({ sha }) => sha).filter((sha) => !this.#files.has(sha));
    if (missing.length > 0) {
      return Response.json(
        { error: { code: "missing_files", message: "Missing files", missing } },
        { status: 400 },
      );
    }
    const deployment: FakeDeployment = {
      uid: `dpl_${project.deployments.length}`,
      meta: wish.meta ?? {},
      files: new Map(wish.files.map(({ file, sha }) => [file, this.#files.get(sha) ?? new Uint8Array()])),
      readyState: "QUEUED",
    };
    project.deployments.unshift(deployment);
    return Response.json({ id: deployment.uid, url: `${project.name}-0.vercel.app`, readyState: "QUEUED" });
  }

  /** The first look finds it being built, the next one finds it done. */
  #deployment(id: string): Response {
    const found = [...this.projects.values()]
      .flatMap(({ deployments }) => deployments)
      .find(({ uid }) => uid === id);
    if (found === undefined) return refusal(404, "not_found", "Deployment not found");
    found.readyState = found.readyState === "QUEUED" ? "BUILDING" : this.outcome;
    return Response.json({
      id,
      readyState: found.readyState,
      ...(found.readyState === "ERROR" ? { errorMessage: "the build was out of luck" } : {}),
    });
  }
}

function listed({ uid, meta, readyState }: FakeDeployment) {
  return { uid, meta, state: readyState, readyState };
}

/** With `cleanUrls` a page has no ending, and its address with one leads there; what is not there gets the 404 page. */
function serve(deployment: FakeDeployment | undefined, request: Request): Response {
  if (deployment === undefined) return new Response("DEPLOYMENT_NOT_FOUND", { status: 404 });
  const { files } = deployment;
  const config = JSON.parse(new TextDecoder().decode(files.get("vercel.json")) || "{}");
  const url = new URL(request.url);
  const path = decodeURIComponent(url.pathname).slice(1);
  const clean = path.replace(/(^|\/)index\.html$|\.html$/, "");
  if (config.cleanUrls === true && path !== clean && files.has(path))
    return new Response(null, { status: 308, headers: { location: `/${clean}${url.search}` } });
  const trimmed = path.replace(/\/$/, "");
  const page = trimmed === "" ? "index.html" : `${trimmed}.html`;
  const names = path === "" || config.cleanUrls === true ? [path, page] : [path];
  const found = names.find((name) => name !== "vercel.json" && files.has(name));
  const headers = new Headers({ "content-type": Bun.file(found ?? "404.html").type });
  for (const rule of config.headers ?? []) {
    if (!new RegExp(`^${rule.source}$`).test(`/${path}`)) continue;
    for (const { key, value } of rule.headers) headers.set(key, value);
  }
  const body = files.get(found ?? "404.html") ?? null;
  return new Response(body ?? "NOT_FOUND", { status: found === undefined ? 404 : 200, headers });
}

function refusal(status: number, code: string, message: string): Response {
  return Response.json({ error: { code, message } }, { status });
}

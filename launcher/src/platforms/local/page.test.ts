/** The Command Center on this machine: what is served, and when it is built. */
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Layout } from "../../layout.ts";
import { buildPage, isPageBuilt } from "./page-build.ts";
import { contentSecurityPolicy, respondToPageRequest } from "./page-response.ts";

const root = mkdtempSync(join(tmpdir(), "synapse-page-"));
afterAll(() => rmSync(root, { recursive: true }));

const folder = join(root, "site");
mkdirSync(join(folder, "_next/static"), { recursive: true });
mkdirSync(join(folder, "sentinel"));
const INLINE = "document.title='x'";
writeFileSync(join(folder, "index.html"), `<script src="/a.js"></script><script>${INLINE}</script>`);
writeFileSync(join(folder, "library.html"), "library");
writeFileSync(join(folder, "sentinel/index.html"), "sentinel");
writeFileSync(join(folder, "404.html"), "nothing here");
writeFileSync(join(folder, "_next/static/a.js"), "1");
writeFileSync(join(folder, ".sources.sha256"), "hash");
writeFileSync(join(root, "outside.txt"), "outside");
const config = { spores: ["http://127.0.0.1:7860"], bootstrap: null };

const get = (path: string, init: RequestInit = {}, host = "127.0.0.1:3000") =>
  respondToPageRequest(new Request(`http://${host}${path}`, init), { folder, config });

describe("the server", () => {
  test("clean URLs, config.json, and a page for what is not there", async () => {
    expect(await get("/library").text()).toBe("library");
    expect(await get("/sentinel").text()).toBe("sentinel");
    expect(await get("/sentinel/").text()).toBe("sentinel");
    expect(await get("/library?task=1").text()).toBe("library");
    expect(await get("/config.json").json()).toEqual(config);
    const missing = get("/absent");
    expect([missing.status, await missing.text()]).toEqual([404, "nothing here"]);
  });

  test("nothing outside of the export, nothing hidden", async () => {
    for (const path of [
      "/../outside.txt",
      "/%2e%2e/outside.txt",
      "/..%2foutside.txt",
      "/%2foutside.txt/..%2f..",
      "/.sources.sha256",
      "/%00",
    ]) {
      const response = get(path);
      expect([path, response.status]).toEqual([path, 404]);
      expect(await response.text()).not.toContain("outside");
    }
    expect(get("/%zz").status).toBe(400);
  });

  test("only for loopback names, only to read", () => {
    expect(get("/", {}, "evil.example").status).toBe(421);
    expect(get("/", {}, "localhost:3000").status).toBe(200);
    expect(get("/", { method: "POST" }).status).toBe(405);
  });

  test("hashed files are kept for good, pages are asked for again and answered briefly", () => {
    expect(get("/_next/static/a.js").headers.get("cache-control")).toContain("immutable");
    const page = get("/library");
    expect(page.headers.get("cache-control")).toBe("no-cache");
    const again = get("/library", { headers: { "If-None-Match": page.headers.get("etag") ?? "" } });
    expect(again.status).toBe(304);
  });

  test("scripts run only from here, or inline with the hash of what was exported", () => {
    const policy = get("/").headers.get("content-security-policy") ?? "";
    const hash = new Bun.CryptoHasher("sha256").update(INLINE).digest("base64");
    expect(policy).toContain(`script-src 'self' 'sha256-${hash}';`);
    expect(policy).not.toContain("'unsafe-inline' 'sha256");
    expect(contentSecurityPolicy("", { ...config, mapboxToken: "pk.x" })).toContain("https://*.mapbox.com");
    expect(get("/library").headers.get("x-frame-options")).toBe("DENY");
  });
});

describe("the build", () => {
  const pageFolder = join(root, "page");
  mkdirSync(pageFolder);
  const layout: Layout = { root, sporeScript: "", pageFolder, pageInputs: [join(root, "input.txt")] };
  const log = join(root, "build.log");
  const build = (signal = new AbortController().signal) => buildPage(layout, log, signal, () => {});
  const script = (text: string) =>
    writeFileSync(
      join(pageFolder, "package.json"),
      JSON.stringify({ name: "page", scripts: { build: text } }),
    );

  test("happens once, and again when a source changed, inside or outside of its folder", async () => {
    script("mkdir -p out && echo built >> count.log && mv count.log out/count.txt || true");
    writeFileSync(join(root, "input.txt"), "1");
    expect(await build()).toEqual({ ok: true, value: "built" });
    expect(isPageBuilt(layout)).toBe(true);
    expect(await build()).toEqual({ ok: true, value: "fresh" });
    writeFileSync(join(root, "input.txt"), "2");
    expect(isPageBuilt(layout)).toBe(false);
    expect(await build()).toEqual({ ok: true, value: "built" });
  });

  test("sees no key", async () => {
    process.env.XAI_API_KEY = "canary-key";
    script("env > out/environment.txt");
    expect((await build()).ok).toBe(true);
    delete process.env.XAI_API_KEY;
    expect(readFileSync(join(pageFolder, "out/environment.txt"), "utf8")).not.toContain("canary-key");
  });

  test("that fails says so with its last words, and is tried again", async () => {
    script("echo the reason >&2; exit 3");
    const failed = await build();
    expect(failed.ok ? "" : failed.error).toContain("the reason");
    expect(isPageBuilt(layout)).toBe(false);
  });

  test("is ended with everything it started when the launch stops", async () => {
    const pidFile = join(root, "worker.pid");
    script(`sleep 600 & echo $! > ${pidFile}; wait`);
    const stop = new AbortController();
    const building = build(stop.signal);
    while (!existsSync(pidFile) || readFileSync(pidFile, "utf8").trim() === "") await Bun.sleep(20);
    stop.abort(new Error("stopped"));
    await expect(building).rejects.toThrow("stopped");
    const worker = Number(readFileSync(pidFile, "utf8"));
    while (existsSync(`/proc/${worker}`) && !readFileSync(`/proc/${worker}/stat`, "utf8").includes(") Z")) {
      await Bun.sleep(20);
    }
  });
});

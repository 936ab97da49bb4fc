/**
 * Serves the built page as any static host would: `/library` is `library.html`, an unknown path the 404 page. The
 * config.json is given, as the launcher writes it at deploy time.
 */
import { existsSync } from "node:fs";
import { join, normalize } from "node:path";

const OUT = join(import.meta.dir, "../../../command-center/out");

export interface Site {
  readonly url: string;
  stop(): Promise<void>;
}

export function isBuilt(): boolean {
  return existsSync(join(OUT, "index.html"));
}

/** @param config what config.json says; null where there is none. */
export function serveSite(config: () => unknown): Site {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const path = normalize(decodeURIComponent(new URL(request.url).pathname));
      if (path === "/config.json") {
        const said = config();
        return said === null ? notFound() : Response.json(said);
      }
      const found = [path, `${path}.html`, join(path, "index.html")]
        .map((name) => join(OUT, name))
        .find(
          (file) =>
            file.startsWith(OUT) &&
            existsSync(file) &&
            !file.endsWith("/") &&
            Bun.file(file).size > 0 &&
            /\.\w+$/.test(file),
        );
      return found === undefined ? notFound() : new Response(Bun.file(found));
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, stop: () => server.stop(true) };
}

function notFound(): Response {
  return new Response(Bun.file(join(OUT, "404.html")), { status: 404 });
}

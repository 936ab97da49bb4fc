/**
 * The HTTP surface of a spore: guards first, then one controller for each part.
 *
 * Every refusal has the shape of errors.ts. Guards run before routing, so an unknown path tells a stranger no more
 * than a known one.
 */

import { isLoopbackHost } from "@synapse/shared/loopback.ts";
import { Elysia, ValidationError } from "elysia";
import { z } from "zod";
import { createMcp } from "../mcp/server.ts";
import { createAsk } from "./asking.ts";
import { createAuthority } from "./authority.ts";
import type { HttpDeps } from "./deps.ts";
import { type ApiDescription, apiDescriptionSchema, describeApi } from "./description.ts";
import { docsPage } from "./docs-page.ts";
import { documented } from "./documented.ts";
import { type ErrorCode, errorResponse, HttpError } from "./errors.ts";
import { formProblem } from "./form-problem.ts";
import { readJson } from "./json-body.ts";
import { cognitionRoutes } from "./routes/cognition.ts";
import { convergenceRoutes } from "./routes/convergence.ts";
import { eventRoutes } from "./routes/events.ts";
import { federationRoutes } from "./routes/federation.ts";
import { gossipRoutes } from "./routes/gossip.ts";
import { healthRoutes } from "./routes/health.ts";
import { historyRoutes } from "./routes/history.ts";
import { keyRoutes } from "./routes/keys.ts";
import { mcpRoutes } from "./routes/mcp.ts";
import { memoryRoutes } from "./routes/memory.ts";
import { openAiRoutes } from "./routes/openai.ts";
import { policyRoutes } from "./routes/policy.ts";
import { providerRoutes } from "./routes/providers.ts";
import { quantumRoutes } from "./routes/quantum.ts";
import { sentinelRoutes } from "./routes/sentinel.ts";
import { taskRoutes } from "./routes/tasks.ts";
import { trustRoutes } from "./routes/trust.ts";
import { wallRoutes } from "./routes/wall.ts";
import { TaskSearches } from "./task-searches.ts";

/** A batch of 200 memories of full size; gossip bodies are limited by gossip itself, and are smaller. */
const BODY_BYTES_MAX = 2 * 1024 * 1024;
/**
 * No limit of Bun's own: over it a connection is cut with an empty 413. Ours says why, from the length that is announced or
 * as soon as so much has arrived; what nobody reads Bun holds back, or discards once the answer is out, and never gathers.
 */
const BUN_BODY_BYTES_MAX = Number.MAX_SAFE_INTEGER;
/** Seconds a connection may be silent; event streams are exempt. */
const IDLE_TIMEOUT_S = 30;

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b/i;
const MEMORY_OR_TASK = /^\/(?:api|v1|federation|mcp)(?:\/|$)/;

export function createApp(deps: HttpDeps) {
  const { access, log } = deps;
  const authority = createAuthority(access);
  const ask = createAsk(deps);
  const searches = new TaskSearches(deps);
  // A parser applies to the routes that come after it: MCP and gossip, which read their bodies themselves, are before it.
  const app = new Elysia({
    // Outside of development mode whatever escapes is an empty 500, not a page with source code.
    serve: {
      maxRequestBodySize: BUN_BODY_BYTES_MAX,
      idleTimeout: IDLE_TIMEOUT_S,
      development: false,
      // The framework's default lets two spores listen on one port, and the system deals requests out between them.
      reusePort: false,
    },
    strictPath: false,
  })
    .onRequest(({ request, server, set }) => {
      const address = server?.requestIP(request)?.address ?? "127.0.0.1";
      Object.assign(set.headers, access.corsHeaders(request));
      access.check(request, isLoopbackHost(address.replace(/^::ffff:/, "")));
      if (request.method === "OPTIONS")
        return new Response(null, { status: 204, headers: access.corsHeaders(request) });
      authority.ofRequest(request);
      checkBody(request);
    })
    .onError(({ error, request, set, code }) => {
      const headers = { ...access.corsHeaders(request) };
      // A Host that is none makes a URL that is none, and must be refused all the same.
      const pathname = URL.canParse(request.url) ? new URL(request.url).pathname : "";
      const refuse = (name: ErrorCode, message: string, more: Readonly<Record<string, string>> = {}) =>
        errorResponse(
          name,
          message,
          { ...headers, ...more },
          pathname.startsWith("/v1/") ? "openai" : "contract",
        );
      // What a parser throws arrives as the cause of an error of the framework's.
      const own = error instanceof HttpError ? error : (error as { cause?: unknown }).cause;
      if (own instanceof HttpError) return refuse(own.code, own.message, own.headers);
      if (code === "PARSE") return refuse("invalid_json", "the body is not valid JSON");
      if (error instanceof ValidationError) return refuse("invalid", explain(error));
      if (code === "NOT_FOUND") return refuse("not_found", notFound(request));
      log.error("a request failed", { path: pathname, cause: String(error) });
      set.headers["cache-control"] = "no-store";
      return refuse("internal", "the spore could not answer this; its log says why");
    })
    .use(mcpRoutes(deps, createMcp(deps, ask, searches, BODY_BYTES_MAX)))
    .use(gossipRoutes(deps))
    .onParse({ as: "global" }, ({ request, contentType }) =>
      JSON_TYPE.test(contentType ?? "") ? readJson(request, BODY_BYTES_MAX) : undefined,
    )
    .onTransform({ as: "global" }, ({ request, route }) => authority.ofRoute(request, route))
    .use(healthRoutes(deps))
    .use(taskRoutes(deps, ask, searches))
    .use(memoryRoutes(deps))
    .use(keyRoutes(deps))
    .use(federationRoutes(deps))
    .use(wallRoutes(deps))
    .use(providerRoutes(deps))
    .use(convergenceRoutes(deps))
    .use(trustRoutes(deps))
    .use(quantumRoutes(deps))
    .use(cognitionRoutes(deps))
    .use(sentinelRoutes(deps))
    .use(policyRoutes(deps))
    .use(openAiRoutes(deps, ask))
    .use(historyRoutes(deps))
    .use(eventRoutes(deps))
    .get("/docs", () => docsPage(), {
      detail: documented({ summary: "This description, for people" }, "text/html"),
    });
  authority.learn(app.routes);
  // Drawn when first asked for: only then are all routes there.
  let description: ApiDescription | undefined;
  return app.get(
    "/openapi.json",
    () => {
      description ??= describeApi(app.routes, deps.version);
      return description;
    },
    { detail: documented({ summary: "This description, as OpenAPI 3.1" }, apiDescriptionSchema) },
  );
}

function checkBody(request: Request): void {
  const length = Number(request.headers.get("content-length") ?? 0);
  if (length > BODY_BYTES_MAX) {
    throw new HttpError(
      "too_large",
      `the body is ${length} bytes; at most ${BODY_BYTES_MAX} are taken: send it in parts`,
    );
  }
  if (request.method !== "POST" && request.method !== "PUT") return;
  const { pathname } = new URL(request.url);
  const type = request.headers.get("content-type") ?? "";
  const hasBody = length > 0 || request.headers.has("transfer-encoding");
  if (MEMORY_OR_TASK.test(pathname) && hasBody && !JSON_TYPE.test(type)) {
    throw new HttpError("unsupported_media_type", "send JSON with content-type: application/json");
  }
}

function explain({ validator, value }: ValidationError): string {
  const { schema } = validator as { schema?: unknown };
  const problem = schema instanceof z.ZodType ? formProblem(schema, value) : null;
  return problem ?? "the request does not have the expected form: GET /openapi.json shows it";
}

function notFound(request: Request): string {
  const { pathname } = new URL(request.url);
  return `nothing answers ${request.method} ${pathname}; GET /openapi.json lists what does`;
}

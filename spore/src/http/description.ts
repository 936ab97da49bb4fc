/**
 * `GET /openapi.json`: OpenAPI 3.1, drawn from the routes as they are served. Bodies and queries come from the very schemas
 * that check them, the rest from what each route says of itself (documented.ts), so that nothing is said twice. Pure.
 */
import { z } from "zod";
import { COMPONENTS, type JsonSchema, jsonSchemaOf } from "./documented.ts";

/** A route as the framework keeps it. */
export interface ServedRoute {
  readonly method: string;
  /** With `:name` for a parameter. */
  readonly path: string;
  readonly hooks?: {
    readonly body?: unknown;
    readonly query?: unknown;
    readonly detail?: { readonly hide?: boolean; readonly [member: string]: unknown };
  };
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

/** What the description says of itself. */
export const apiDescriptionSchema = z.looseObject({
  openapi: z.string(),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ operationId: z.string() }))),
  components: z.looseObject({}),
});
export type ApiDescription = z.infer<typeof apiDescriptionSchema>;

export function describeApi(routes: readonly ServedRoute[], version: string): ApiDescription {
  const paths: ApiDescription["paths"] = {};
  for (const route of routes) {
    if (route.hooks?.detail?.hide === true) continue;
    const path = templateOf(route.path);
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = operationOf(route);
  }
  return {
    openapi: "3.1.1",
    info: { title: "Synapse spore", version, description: "One node of a federated reasoning swarm." },
    servers: [{ url: "/" }],
    paths,
    components: COMPONENTS,
  };
}

/** `/api/task/:id` → `/api/task/{id}` */
function templateOf(path: string): string {
  return path.replaceAll(/:(\w+)/g, "{$1}");
}

function operationOf({ method, path, hooks = {} }: ServedRoute): JsonSchema & { operationId: string } {
  const { detail = {}, body, query } = hooks;
  const parameters = parametersOf(path, query, (detail.parameters ?? []) as readonly Parameter[]);
  return {
    operationId: operationId(method, path),
    ...detail,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body instanceof z.ZodType ? { requestBody: bodyOf(body) } : {}),
  };
}

/** What the route says of a parameter replaces what can be told from its path alone. */
function parametersOf(path: string, query: unknown, said: readonly Parameter[]): Parameter[] {
  const inPath = [...path.matchAll(/:(\w+)/g)]
    .map(([, name = ""]) => name)
    .filter((name) => !said.some((one) => one.in === "path" && one.name === name))
    .map((name) => ({ name, in: "path", required: true, schema: { type: "string" } }));
  if (!(query instanceof z.ZodType)) return [...inPath, ...said];
  const { properties = {}, required = [] } = jsonSchemaOf(query, "input") as {
    readonly properties?: Readonly<Record<string, JsonSchema & { readonly description?: string }>>;
    readonly required?: readonly string[];
  };
  const inQuery = Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    ...(required.includes(name) ? { required: true } : {}),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
  return [...inPath, ...inQuery, ...said];
}

function bodyOf(body: z.ZodType): JsonSchema {
  return {
    required: !body.safeParse(undefined).success,
    content: { "application/json": { schema: jsonSchemaOf(body, "input") } },
  };
}

/** `GET /api/task/:id` → `getApiTaskById` */
function operationId(method: string, path: string): string {
  const words = path.split(/[/._-]/).filter((word) => word !== "");
  const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
  return (
    method.toLowerCase() +
    words.map((word) => (word.startsWith(":") ? `By${capital(word.slice(1))}` : capital(word))).join("")
  );
}

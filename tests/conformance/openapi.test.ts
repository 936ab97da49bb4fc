/** `GET /openapi.json` describes every route that is served: its parameters, its body, its replies, and who may. */
import { describe, expect, test } from "bun:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { createApp } from "@synapse/spore/http/app.ts";
import type { HttpDeps } from "@synapse/spore/http/deps.ts";
import { describeApi, type ServedRoute } from "@synapse/spore/http/description.ts";
import { Ajv2020, type AnySchemaObject } from "ajv/dist/2020.js";
import { z } from "zod";

/** Served and not described, each for a reason. */
const NOT_DESCRIBED = new Map([
  ["ALL /mcp", "the transport refuses other methods than POST in its own words"],
]);
const WITHOUT_BODY = new Map([["POST /api/cortex/download", "the consent is all there is to say"]]);

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: AnySchemaObject }>>;
}
interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: AnySchemaObject;
  }[];
  readonly requestBody?: Content & { readonly required?: boolean };
  readonly responses: Readonly<Record<string, Content & { readonly $ref?: string }>>;
}

// No request is answered here, so that the routes need nothing behind them.
const routes: readonly ServedRoute[] = createApp({ version: "0.0.0" } as HttpDeps).routes;
const document = JSON.parse(JSON.stringify(describeApi(routes, "0.0.0"))) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    operation,
  })),
);
const operationAt = (name: string): Operation => {
  const found = operations.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} is not described`);
  return found.operation;
};
const served = routes.filter(({ method, path }) => !NOT_DESCRIBED.has(`${method} ${path}`));
const nameOf = ({ method, path }: ServedRoute) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`;

test("the description is valid OpenAPI 3.1, and every schema in it is one", async () => {
  const result = await new Validator().validate(structuredClone(document));
  expect(result.errors ?? []).toEqual([]);
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    formats: { binary: true, date: true, "date-time": true, uri: true },
  });
  for (const { name, operation } of operations) {
    const parts = [operation.requestBody ?? {}, ...Object.values(operation.responses)];
    const schemas = [
      ...(operation.parameters ?? []).map(({ schema }) => schema),
      ...parts.flatMap(({ content = {} }) => Object.values(content).map(({ schema }) => schema)),
    ];
    for (const schema of schemas) expect(() => ajv.compile(schema), name).not.toThrow();
  }
});

test("every route that is served is described, and nothing else", () => {
  expect(routes.length).toBeGreaterThan(45);
  expect(operations.map(({ name }) => name).sort()).toEqual(served.map(nameOf).sort());
  for (const name of NOT_DESCRIBED.keys())
    expect(routes.map(({ method, path }) => `${method} ${path}`)).toContain(name);
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test("every operation says what it is for, what it answers, and how it refuses", () => {
  for (const { name, operation } of operations) {
    expect(operation.summary, name).toBeString();
    const good = Object.entries(operation.responses).filter(([status]) => status.startsWith("2"));
    expect(good, name).toHaveLength(1);
    for (const [, { content = {} }] of good) {
      expect(Object.keys(content).length, name).toBeGreaterThan(0);
      for (const { schema } of Object.values(content)) expect(saysSomething(schema), name).toBe(true);
    }
    expect(operation.responses.default?.$ref, name).toBe("#/components/responses/Refused");
  }
});

test("every parameter that a route knows is described; what has a default may be left out", () => {
  let checked = 0;
  for (const route of served) {
    const name = nameOf(route);
    const { parameters = [] } = operationAt(name);
    const described = (where: string) => parameters.filter((one) => one.in === where).map((one) => one.name);
    expect(described("path"), name).toEqual([...route.path.matchAll(/:(\w+)/g)].map(([, one = ""]) => one));
    const query = route.hooks?.query;
    const shape = query instanceof z.ZodObject ? (query.shape as Record<string, z.ZodType>) : {};
    expect(described("query"), name).toEqual(Object.keys(shape));
    for (const [member, schema] of Object.entries(shape)) {
      const parameter = parameters.find((one) => one.in === "query" && one.name === member);
      expect(parameter?.required === true, `${name} ${member}`).toBe(!schema.safeParse(undefined).success);
      expect(saysSomething(parameter?.schema ?? {}), `${name} ${member}`).toBe(true);
      checked++;
    }
  }
  expect(checked).toBeGreaterThan(20);
});

describe("request bodies", () => {
  test("every route that reads one says its form", () => {
    for (const { name, operation } of operations) {
      if (name.startsWith("GET ") || WITHOUT_BODY.has(name)) {
        expect(operation.requestBody, name).toBeUndefined();
        continue;
      }
      const forms = Object.entries(operation.requestBody?.content ?? {});
      expect(forms.length, name).toBe(1);
      for (const [, { schema }] of forms) expect(saysSomething(schema), name).toBe(true);
    }
    for (const name of WITHOUT_BODY.keys()) expect(operationAt(name)).toBeDefined();
  });

  test.each([
    ["POST /api/task", { task: "Why?" }, { label: "public" }],
    ["POST /api/task", { task: "How many?", answer: { type: "number" } }, { task: "x", foo: 1 }],
    ["POST /api/memory", { content: "a" }, { content: 5 }],
    ["POST /api/memory", { memories: [{ content: "a", label: "private" }] }, { memories: [] }],
    ["PUT /api/settings", { settings: { "reasoning.cycles_max": null } }, { settings: { a: [] } }],
    ["PUT /api/blocklist", { shared: true }, { keys: [1] }],
    ["POST /api/invites", {}, { for: "nobody" }],
    ["POST /api/keys", { key: "k".repeat(43), successor: null }, { key: "k", successor: null }],
    ["POST /api/task/{id}/grade", { correct: false }, { score: 2 }],
    [
      "POST /v1/chat/completions",
      { model: "synapse", messages: [{ role: "user", content: "?" }] },
      { model: "synapse" },
    ],
  ])("%s: the schema takes what the route takes", (name, good, bad) => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const schema = operationAt(name).requestBody?.content?.["application/json"]?.schema ?? {};
    expect(ajv.validate(schema, good)).toBe(true);
    expect(ajv.validate(schema, bad)).toBe(false);
    const body = served.find((route) => nameOf(route) === name)?.hooks?.body as z.ZodType;
    expect(body.safeParse(good).success).toBe(true);
    expect(body.safeParse(bad).success).toBe(false);
  });
});

/** True of a schema that takes less than everything. */
function saysSomething(schema: AnySchemaObject): boolean {
  return ["type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"].some((member) => member in schema);
}

/**
 * docs/api.md, generated from the OpenAPI document of a real spore, so that the page says what the routes say.
 *
 * `bun tests/conformance/api-reference.ts --write` writes it; `bun run check --fix` does the same.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../support/source-tree.ts";
import { startSpore } from "../support/spore-process.ts";

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly description?: string;
}

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema?: Schema;
  }[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> };
  readonly responses?: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }>
  >;
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export const API_PAGE = join(ROOT, "docs/api.md");
const METHODS = ["get", "post", "put", "delete"] as const;

const HEAD = `# HTTP API

<!-- Generated from GET /openapi.json by tests/conformance/api-reference.ts; change the routes, then run bun run check --fix. -->

JSON in and out. An error is \`{ "error": { "code", "message" } }\` with a fitting status and says how to mend it. Routes marked
**operator** need \`Authorization: Bearer <operator token>\`, or a spore on loopback without a token; all others answer anybody
with what is public, and the operator with everything. A running spore shows the same at \`/docs\`, and as OpenAPI 3.1 at
\`/openapi.json\`.
`;

export function apiReference({ paths }: OpenApi): string {
  const sections = Object.entries(paths)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([path, operations]) =>
      METHODS.flatMap((method) => {
        const operation = operations[method];
        return operation === undefined ? [] : [section(method, path, operation)];
      }),
    );
  return `${HEAD}\n${sections.join("\n")}`;
}

function section(method: string, path: string, operation: Operation): string {
  const { security = [] } = operation;
  // An empty requirement among others: it works without authority, too.
  const open = security.some((requirement) => Object.keys(requirement).length === 0);
  const needs = security.length > 0 && !open ? " · **operator**" : "";
  const lines = [
    `## \`${method.toUpperCase()} ${path}\``,
    "",
    `${sentence(operation.summary ?? "")}${needs}`,
  ];
  if (operation.description !== undefined) lines.push("", oneLine(operation.description));
  const parameters = (operation.parameters ?? []).map(
    ({ name, in: where, required, schema, description }) =>
      `| \`${name}\` | ${where} | ${typeOf(schema)}${required === true ? ", required" : ""} | ${explained(description, schema)} |`,
  );
  const fields = bodyFields(Object.values(operation.requestBody?.content ?? {})[0]?.schema);
  const rows = [...parameters, ...fields];
  if (rows.length > 0) lines.push("", "| name | in | type | |", "|---|---|---|---|", ...rows);
  const [, success] =
    Object.entries(operation.responses ?? {}).find(([status]) => status.startsWith("2")) ?? [];
  const answer = Object.entries(success?.content ?? {})[0];
  if (answer !== undefined) lines.push("", `Answers ${answer[0]}: ${shapeOf(answer[1].schema)}`);
  return `${lines.join("\n")}\n`;
}

function bodyFields(schema: Schema | undefined): string[] {
  if (schema === undefined) return [];
  const forms = schema.oneOf ?? schema.anyOf ?? [schema];
  const fields = new Map(forms.flatMap(({ properties = {} }) => Object.entries(properties)));
  return [...fields].map(([name, field]) => {
    const required = forms.every((form) => form.required?.includes(name) === true) ? ", required" : "";
    return `| \`${name}\` | body | ${typeOf(field)}${required} | ${explained(field.description, field)} |`;
  });
}

function explained(description: string | undefined, schema: Schema | undefined): string {
  const preset = schema?.default === undefined ? "" : `default \`${JSON.stringify(schema.default)}\``;
  return [cell(description ?? ""), preset].filter(Boolean).join("; ");
}

function typeOf(schema: Schema | undefined): string {
  if (schema === undefined) return "text";
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(" ");
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives !== undefined) return [...new Set(alternatives.map(typeOf))].join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  if (schema.properties !== undefined) return shapeOf(schema);
  return [schema.type ?? "any"].flat().join(" or ");
}

/** The names of the members, which is what a reader looks for; the whole schema is in openapi.json. */
function shapeOf(schema: Schema | undefined): string {
  const alternatives = schema?.oneOf ?? schema?.anyOf;
  if (alternatives !== undefined) return [...new Set(alternatives.map(shapeOf))].join(" or ");
  if (schema?.type === "array") return `a list of ${shapeOf(schema.items)}`;
  const names = Object.keys(schema?.properties ?? {});
  return names.length === 0 ? [schema?.type ?? "any"].flat().join(" or ") : `\`{ ${names.join(", ")} }\``;
}

function sentence(text: string): string {
  const line = oneLine(text);
  return line === "" || /[.!?]$/.test(line) ? line : `${line}.`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function cell(text: string): string {
  return oneLine(text).replaceAll("|", "\\|");
}

/** What the routes of this clone say of themselves. */
async function currentApiReference(): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), "synapse-api-"));
  const spore = await startSpore({ dataDir });
  try {
    return apiReference((await (await fetch(`${spore.url}/openapi.json`)).json()) as OpenApi);
  } finally {
    await spore.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

if (import.meta.main && process.argv.includes("--write"))
  writeFileSync(API_PAGE, await currentApiReference());

/**
 * What a route says of itself for `/openapi.json`: its words, and the shape of the good reply. Nothing here is checked at
 * run time. Query and body are described from the schemas that do check them (description.ts).
 */
import { entryIdSchema, publicKeySchema, replicaIdSchema } from "@synapse/shared/contract/entry.ts";
import { errorSchema, partStateSchema } from "@synapse/shared/contract/status.ts";
import { ENTRY_ID_PATTERN, PUBLIC_KEY_PATTERN, REPLICA_ID_PATTERN } from "@synapse/shared/ids.ts";
import { z } from "zod";

export type JsonSchema = Record<string, unknown>;

/** Ids are types of our own, for which zod knows no JSON Schema. */
const PATTERNS = new Map<unknown, RegExp>([
  [entryIdSchema, ENTRY_ID_PATTERN],
  [publicKeySchema, PUBLIC_KEY_PATTERN],
  [replicaIdSchema, REPLICA_ID_PATTERN],
]);

/**
 * @param io what callers send ("input": members with a default may be left out) or what they are told ("output")
 * @returns JSON Schema 2020-12, as OpenAPI 3.1 takes it; open where it cannot say what zod checks
 */
export function jsonSchemaOf(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override({ zodSchema, jsonSchema }) {
      const pattern = PATTERNS.get(zodSchema);
      if (pattern !== undefined) Object.assign(jsonSchema, { type: "string", pattern: pattern.source });
    },
  });
  return rest;
}

export const COMPONENTS = {
  schemas: { Error: jsonSchemaOf(errorSchema, "output") },
  responses: {
    Refused: {
      description: "Refused: `code` is for programs, `message` says what is wrong and how to mend it",
      content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
    },
  },
  securitySchemes: {
    operator: { type: "http", scheme: "bearer", description: "The operator's token (SPORE_TOKEN)" },
  },
} as const;

export interface RouteText {
  readonly summary: string;
  readonly description?: string;
  /** Needs the operator's token, or shows more to whoever has it. */
  readonly authorised?: boolean | "for more";
  readonly status?: number;
  /** What the parameters in the path name. */
  readonly path?: Readonly<Record<string, string>>;
  /** Headers that the route reads, with what they do. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body of a route that reads it itself, where the framework checks none. */
  readonly body?: { readonly type: string; readonly schema: JsonSchema };
  /** Another type of reply than the usual one, with when it comes. */
  readonly also?: { readonly type: string; readonly when: string };
}

/** The header of routes that write once, however often the same is sent. */
export const IDEMPOTENT = {
  "idempotency-key": "Chosen by the caller: the same twice does it once",
};

const SECURITY = new Map<RouteText["authorised"], Record<string, string[]>[]>([
  [true, [{ operator: [] }]],
  // An empty requirement beside another one: works without, too.
  ["for more", [{}, { operator: [] }]],
]);

/** @param answer the schema of a JSON reply, or the media type of another one */
export function documented(text: RouteText, answer: z.ZodType | string) {
  const { summary, description, authorised, status = 200, path = {}, headers = {}, body, also } = text;
  const security = SECURITY.get(authorised);
  const parameters = [
    ...Object.entries(path).map(([name, text]) => parameter(name, "path", text)),
    ...Object.entries(headers).map(([name, text]) => parameter(name, "header", text)),
  ];
  const content =
    typeof answer === "string"
      ? { [answer]: { schema: { type: "string" as const } } }
      : { "application/json": { schema: jsonSchemaOf(answer, "output") } };
  const other = also === undefined ? {} : { [also.type]: { schema: { type: "string" as const } } };
  return {
    summary,
    ...(description ? { description } : {}),
    ...(security ? { security } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content: { [body.type]: { schema: body.schema } } } } : {}),
    responses: {
      [status]: {
        description: also === undefined ? "as asked" : `as asked; ${also.type} ${also.when}`,
        content: { ...content, ...other },
      },
      default: { $ref: "#/components/responses/Refused" },
    },
  };
}

function parameter(name: string, where: "path" | "header", description: string) {
  return {
    name,
    in: where,
    ...(where === "path" ? { required: true } : {}),
    description,
    schema: { type: "string" as const },
  };
}

/** Routes that show the state of one part, whatever members it has. */
export const documentedPart = (summary: string, more: Omit<RouteText, "summary"> = {}) =>
  documented({ summary, ...more }, partStateSchema);

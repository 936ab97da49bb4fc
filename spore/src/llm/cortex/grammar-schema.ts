/**
 * A JSON schema cut down to what a sampling grammar can hold. Pure.
 *
 * The grammar forces the shape (members, types, choices); lengths and ranges would blow it up and are validated
 * afterwards like any other reply (structured-reply.ts).
 */

type Schema = Readonly<Record<string, unknown>>;

export function toGrammarSchema(schema: Schema): Schema {
  const choices = (schema.oneOf ?? schema.anyOf) as readonly Schema[] | undefined;
  if (choices !== undefined) return { oneOf: choices.map(toGrammarSchema) };
  if (schema.const !== undefined) return { const: schema.const };
  if (schema.enum !== undefined) return { enum: schema.enum };
  switch (schema.type) {
    case "object": {
      const properties = (schema.properties ?? {}) as Readonly<Record<string, Schema>>;
      return {
        type: "object",
        properties: Object.fromEntries(
          Object.entries(properties).map(([name, member]) => [name, toGrammarSchema(member)]),
        ),
        additionalProperties: false,
      };
    }
    case "array":
      return { type: "array", items: toGrammarSchema((schema.items ?? { type: "string" }) as Schema) };
    case "integer":
    case "number":
    case "boolean":
    case "null":
      return { type: schema.type };
    default:
      return { type: "string" };
  }
}

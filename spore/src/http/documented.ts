/** Attaches a summary and the shape of the good reply to a route, for `/openapi.json`; nothing is checked at run time. */
import { errorSchema, partStateSchema } from "@synapse/shared/contract/status.ts";
import { z } from "zod";

const errorBody = { "application/json": { schema: z.toJSONSchema(errorSchema) as Record<string, unknown> } };

export interface RouteText {
  readonly summary: string;
  readonly description?: string;
  /** Needs the operator's token. */
  readonly authorised?: boolean;
  readonly status?: number;
}

export function documented(text: RouteText, schema: z.ZodType) {
  const { summary, description, authorised, status = 200 } = text;
  return {
    summary,
    ...(description ? { description } : {}),
    ...(authorised ? { security: [{ operator: [] }] } : {}),
    responses: {
      [status]: {
        description: "as asked",
        content: {
          "application/json": {
            schema: z.toJSONSchema(schema, { unrepresentable: "any" }) as Record<string, unknown>,
          },
        },
      },
      "4XX": { description: "refused, with the reason", content: errorBody },
    },
  };
}

/** Routes that show the state of one part, whatever members it has. */
export const documentedPart = (summary: string) => documented({ summary }, partStateSchema);

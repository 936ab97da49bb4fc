/** Query parameters that several routes take. */
import { z } from "zod";

/** ISO 8601, or milliseconds since 1970; parsed to milliseconds. */
export const timeParameter = z
  .string()
  .max(40)
  .transform((text, context) => {
    const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
    if (Number.isFinite(ms)) return ms;
    context.addIssue({ code: "custom", message: "use ISO 8601 or milliseconds since 1970" });
    return z.NEVER;
  })
  .describe("ISO 8601, or milliseconds since 1970");

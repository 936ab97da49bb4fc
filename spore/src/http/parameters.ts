/** Query parameters that several routes take. */
import { TIME_MS_MAX } from "@synapse/shared/contract/entry.ts";
import { z } from "zod";
import { CURSOR_PATTERN } from "../reasoning/task-index.ts";

/** ISO 8601, or milliseconds since 1970 (RFC 3339 ends with the year 9999, and so do entries); parsed to milliseconds. */
export const timeParameter = z
  .string()
  .max(40)
  .transform((text, context) => {
    const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
    if (ms >= 0 && ms <= TIME_MS_MAX) return ms;
    const message = Number.isFinite(ms)
      ? "must be from the year 1970 to the year 9999"
      : "use ISO 8601 or milliseconds since 1970";
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  })
  .describe("ISO 8601, or milliseconds since 1970");

/** Where a page of tasks begins. One that was made up would show the first page again, and a loop over it would not end. */
export const taskCursor = z
  .string()
  .regex(CURSOR_PATTERN, "must be `next` of the page before")
  .describe("`next` of the page before");

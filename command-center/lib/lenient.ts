/** Members of what a spore tells that another version may leave out or tell otherwise: a gap then, never an error. */
import { z } from "zod";

export const opt = <T extends z.ZodType>(schema: T) => schema.nullable().optional().catch(null);
export const number = opt(z.number());
export const text = opt(z.string());
/** Empty where it is missing. */
export const list = <T extends z.ZodType>(schema: T) => z.array(schema).catch([]);

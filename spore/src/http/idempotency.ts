/**
 * The same `Idempotency-Key` twice gives the same reply (draft-ietf-httpapi-idempotency-key-header).
 *
 * Replies are kept for a day. The same key with another body is a mistake of the caller and is refused. Two requests
 * at the same moment share one execution.
 */
import { createHash } from "node:crypto";
import { eq, lt } from "drizzle-orm";
import { idempotency } from "../replica/schema.ts";
import type { Store } from "../replica/store.ts";
import { HttpError } from "./errors.ts";

const KEPT_MS = 24 * 60 * 60 * 1000;
const KEY_CHARS_MAX = 200;

export function createIdempotency(store: Store, now: () => number) {
  const running = new Map<string, { readonly request: string; readonly reply: Promise<unknown> }>();
  let lastSweep = 0;

  async function sweep(): Promise<void> {
    if (now() - lastSweep < KEPT_MS / 24) return;
    lastSweep = now();
    await store.db.delete(idempotency).where(lt(idempotency.at, now() - KEPT_MS));
  }

  return async function once<T>(
    route: string,
    header: string | null,
    body: unknown,
    act: () => Promise<T>,
  ): Promise<T> {
    if (header === null) return await act();
    if (header.length > KEY_CHARS_MAX)
      throw new HttpError("invalid", "Idempotency-Key is at most 200 characters");
    await sweep();
    const key = `${route} ${header}`;
    const request = createHash("sha256").update(JSON.stringify(body)).digest("hex");
    const mismatch = () =>
      new HttpError("invalid", "this Idempotency-Key was used with another request: choose a new one");
    const twin = running.get(key);
    if (twin !== undefined) {
      if (twin.request !== request) throw mismatch();
      return (await twin.reply) as T;
    }
    const work = async (): Promise<T> => {
      const [known] = await store.db.select().from(idempotency).where(eq(idempotency.key, key));
      if (known !== undefined) {
        if (known.request !== request) throw mismatch();
        return JSON.parse(known.response) as T;
      }
      const reply = await act();
      await store.db.insert(idempotency).values({ key, request, response: JSON.stringify(reply), at: now() });
      return reply;
    };
    const reply = work().finally(() => running.delete(key));
    running.set(key, { request, reply });
    return await reply;
  };
}

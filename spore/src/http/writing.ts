/** What every writing route does the same way: the wall, the replica, and its refusals as HTTP errors. */

import { contentOf, type Entry, type Kind } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import { exhaustive } from "@synapse/shared/result.ts";
import type { StoredEntry } from "../replica/feed.ts";
import type { AppendError, Draft } from "../replica/replica.ts";
import type { HttpDeps } from "./deps.ts";
import { HttpError } from "./errors.ts";

/** Signs and stores drafts; resolves once they are durable. Public ones pass the wall's scan first. */
export async function append<const L extends Label, const K extends Kind>(
  deps: HttpDeps,
  drafts: readonly Draft<L, K>[],
): Promise<readonly StoredEntry[]> {
  const published = drafts.filter(({ label }) => label === "public");
  const [first] = published;
  if (first !== undefined) {
    const admitted = await deps.wall.admitPublic(first.kind, published.flatMap(textsOf));
    if (!admitted.ok) {
      throw new HttpError(
        "secret_found",
        `not published, because it contains: ${admitted.error.found.join(", ")}. Remove it, or use label cluster or private`,
      );
    }
  }
  const result = await deps.replica.append(drafts);
  if (!result.ok) throw toHttpError(result.error);
  if (published.length > 0) {
    // What is stored is stored: a book that cannot be written takes nothing back.
    await deps.wall
      .notePublished(published.map(({ kind }) => kind))
      .catch((cause) => deps.log.error("the wall's books miss a publication", { cause: String(cause) }));
  }
  return result.value as readonly StoredEntry[];
}

/** All text of a draft that others would read: the content and whatever its metadata says. */
function textsOf(draft: Draft): string[] {
  const content = contentOf({ kind: draft.kind, body: draft.body } as unknown as Entry);
  return [content ?? "", JSON.stringify(draft.body)];
}

function toHttpError(error: AppendError): HttpError {
  switch (error.kind) {
    case "too_large":
      return new HttpError("too_large", error.message);
    case "label_wider_than_parent":
      return new HttpError("conflict", error.message);
    case "busy":
    case "over_rate":
      return new HttpError("too_many_requests", error.message, {
        "retry-after": String(Math.ceil(error.retryAfterMs / 1_000)),
      });
    case "storage":
      return new HttpError("storage", `nothing was stored: ${error.message}`);
    default:
      return exhaustive(error);
  }
}

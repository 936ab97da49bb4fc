/** The commander's policy: settings within their bounds, and who is not listened to. */
import { blocklistChangeSchema } from "@synapse/shared/contract/federation.ts";
import { blocklistSchema } from "@synapse/shared/contract/federation-status.ts";
import { settingsSchema } from "@synapse/shared/contract/status.ts";
import { Elysia } from "elysia";
import { z } from "zod";
import type { HttpDeps } from "../deps.ts";
import { documented } from "../documented.ts";
import { HttpError } from "../errors.ts";

/** More settings than any version declares. */
const CHANGES_MAX = 200;

/** Longer than any declared text; each has a limit of its own. */
const TEXT_CHARS_MAX = 4_000;

const change = z
  .record(z.string().max(100), z.union([z.null(), z.boolean(), z.number(), z.string().max(TEXT_CHARS_MAX)]))
  .refine((record) => Object.keys(record).length <= CHANGES_MAX, `at most ${CHANGES_MAX} settings at once`);
const changeRequest = z.strictObject({ settings: change });

export function policyRoutes(deps: HttpDeps) {
  const { settings } = deps;
  return new Elysia()
    .get("/api/settings", () => ({ settings: settings.describe() }), {
      detail: documented({ summary: "Settings with their bounds", authorised: true }, settingsSchema),
    })
    .put(
      "/api/settings",
      async ({ body }) => {
        const changed = await settings.change(body.settings);
        if (!changed.ok) throw new HttpError("invalid", changed.error.message);
        return { settings: settings.describe() };
      },
      {
        body: changeRequest,
        detail: documented(
          {
            summary: "Change settings",
            description: "All of them or, where one is refused, none. `null` brings a default back.",
            authorised: true,
          },
          settingsSchema,
        ),
      },
    )
    .get("/api/blocklist", ({ request }) => shownBlocklist(deps, request), {
      detail: documented(
        {
          summary: "Keys and operators that are not listened to",
          authorised: "for more",
          description:
            "All of it for the commander. Others see it only where it is shared, and can subscribe to it then.",
        },
        blocklistSchema,
      ),
    })
    .put(
      "/api/blocklist",
      async ({ body }) => {
        const changed = await deps.blocklist().change(body);
        if (!changed.ok) throw new HttpError("invalid", changed.error);
        return deps.blocklist().describe();
      },
      {
        body: blocklistChangeSchema,
        detail: documented(
          {
            summary: "Change the blocklist",
            description: "Each member given replaces what was there; what is left out stays as it is.",
            authorised: true,
          },
          blocklistSchema,
        ),
      },
    );
}

function shownBlocklist(deps: HttpDeps, request: Request) {
  const { version, keys, operators, shared, subscriptions } = deps.blocklist().describe();
  if (deps.access.isAuthorised(request)) return { version, keys, operators, shared, subscriptions };
  if (shared) return { version, keys, operators };
  throw new HttpError("unauthorised", "this list is not shared; with the operator token it is shown", {
    "www-authenticate": 'Bearer realm="synapse"',
  });
}

/**
 * The commander's orders to a test spore: read with the real routes' own schemas and refused as a real spore refuses,
 * so that a page which says the wrong thing fails here too. Settings and blocklist keep what they were told.
 */
import { blocklistChangeSchema } from "@synapse/shared/contract/federation.ts";
import type { Settings } from "@synapse/shared/contract/status.ts";
import { gradeRequestSchema } from "@synapse/spore/http/grading.ts";
import { newInvite } from "@synapse/spore/http/routes/federation.ts";
import { decisionBody } from "@synapse/spore/http/routes/sentinel.ts";
import { DECLARED, type Declaration, problemWith } from "@synapse/spore/settings/declared.ts";
import { z } from "zod";
import { idOf, keyOf, MINE } from "./fixtures.ts";
import { settings } from "./policy-fixtures.ts";
import { json, refuse } from "./replies.ts";

const settingsChange = z.strictObject({ settings: z.record(z.string(), z.unknown()) });

interface Blocked {
  readonly key: string;
  readonly note: string;
}

export class TestPolicy {
  private settings: Settings["settings"] = settings().settings;
  private blocklist = {
    version: 1 as const,
    keys: [] as readonly Blocked[],
    operators: [] as readonly Blocked[],
    shared: false,
    subscriptions: [] as readonly { readonly url: string }[],
  };

  /** The commander's reading; null where another part answers. */
  tell(path: string): Response | null {
    if (path === "/api/settings") return json({ settings: this.settings });
    if (path === "/api/blocklist") return json(this.blocklist);
    if (path === "/api/invites") return json({ invites: [] });
    return null;
  }

  order(path: string, body: unknown): Response {
    if (path === "/api/settings") return this.changeSettings(body);
    if (path === "/api/blocklist") return this.changeBlocklist(body);
    if (path === "/api/invites") {
      return checked(newInvite, body, () =>
        json(
          {
            id: idOf("invite").slice(0, 16),
            invite: "an-invitation",
            url: "https://harbour.example",
            expires_at: new Date(Date.now() + 604_800_000).toISOString(),
          },
          201,
        ),
      );
    }
    if (/^\/api\/proposals\/[0-9a-f]{64}\/(approve|reject)$/.test(path))
      return checked(decisionBody, body, () =>
        json({ id: path.split("/")[3], status: "approved", setting: "" }),
      );
    if (/^\/api\/task\/[0-9a-f]{64}\/grade$/.test(path))
      return checked(gradeRequestSchema, body, () =>
        json({ task_id: path.split("/")[3], graded: [], evidence: [] }),
      );
    return refuse(404, "not_found", `nothing answers ${path}`);
  }

  private changeSettings(body: unknown): Response {
    return checked(settingsChange, body, ({ settings: wanted }) => {
      const declared = DECLARED as Readonly<Record<string, Declaration>>;
      for (const [key, value] of Object.entries(wanted)) {
        const declaration = declared[key];
        const problem =
          declaration === undefined
            ? "there is no such setting"
            : problemWith(declaration, value ?? declaration.default);
        if (problem !== null) return refuse(422, "invalid", `${key}: ${problem}`);
      }
      this.settings = this.settings.map((setting) => {
        if (!(setting.key in wanted)) return setting;
        const value = wanted[setting.key] as typeof setting.value | null;
        return value === null
          ? { ...setting, value: setting.default, changed_at: null }
          : { ...setting, value, changed_at: new Date().toISOString() };
      });
      return json({ settings: this.settings });
    });
  }

  private changeBlocklist(body: unknown): Response {
    return checked(blocklistChangeSchema, body, ({ keys, operators, shared, subscriptions }) => {
      if (operators?.some(({ key }) => key === keyOf(MINE)))
        return refuse(422, "invalid", "you cannot block yourself: leave your own keys out");
      const known = new Map(this.blocklist.subscriptions.map((one) => [one.url, one]));
      this.blocklist = {
        version: 1,
        keys: keys ?? this.blocklist.keys,
        operators: operators ?? this.blocklist.operators,
        shared: shared ?? this.blocklist.shared,
        subscriptions:
          subscriptions?.map(
            (url) =>
              known.get(url) ?? {
                url,
                state: "waiting",
                detail: "not fetched yet",
                keys: 0,
                operators: 0,
                at: null,
              },
          ) ?? this.blocklist.subscriptions,
      };
      return json(this.blocklist);
    });
  }
}

function checked<S extends z.ZodType>(
  schema: S,
  body: unknown,
  then: (parsed: z.infer<S>) => Response,
): Response {
  const parsed = schema.safeParse(body);
  if (parsed.success) return then(parsed.data);
  const issue = parsed.error.issues[0];
  return refuse(
    422,
    "invalid",
    `${issue?.path.join(".") || "body"}: ${issue?.message ?? "has another form"}`,
  );
}

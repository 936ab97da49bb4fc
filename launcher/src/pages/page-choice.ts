/** Which place the Command Center goes to, from the settings. */
import type { PublicKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import type { HubAccess } from "../platforms/hub/hub-rest.ts";
import { patientFetch } from "../remote-call.ts";
import type { Settings } from "../settings.ts";
import type { PageHost } from "./page-host.ts";
import { spacePage } from "./space-page.ts";
import { vercelNameProblem, vercelPage } from "./vercel-page.ts";
import { VERCEL_API } from "./vercel-rest.ts";

export interface PageChoiceContext {
  /** Needed for a page on the Hub. */
  readonly hub: { readonly access: HubAccess; readonly owner: string } | null;
  /** Null while there is no operator key yet. */
  readonly operator: PublicKey | null;
  readonly timing: { readonly pollMs: number; readonly retryDelayMs: number };
  /** Another endpoint of Vercel's interface; tests have their own. */
  readonly vercelUrl?: string;
}

/** @returns null where no page is wanted, or a local one */
export function hostedPage(settings: Settings, context: PageChoiceContext): Result<PageHost | null, string> {
  if (!settings.deployPage || settings.pageTarget === "local") return ok(null);
  const { operator } = context;
  if (settings.pageTarget === "hf") {
    if (context.hub === null) return err("a page on the Hub needs hf_token; --cc-target local needs none");
    const { access, owner } = context.hub;
    return ok(spacePage({ hub: access, id: `${owner}/${settings.pageName}`, operator }));
  }
  const { token, team } = settings.vercel;
  if (token === null) {
    return err("--cc-target vercel needs --vercel-token or vercel_token (vercel.com/account/tokens)");
  }
  const problem = vercelNameProblem(settings.pageName);
  if (problem !== null) return err(problem);
  const { pollMs, retryDelayMs } = context.timing;
  return ok(
    vercelPage({
      vercel: { url: context.vercelUrl ?? VERCEL_API, token, team, fetch: patientFetch({ retryDelayMs }) },
      project: settings.pageName,
      operator,
      pollMs,
      timeoutMs: settings.startTimeoutMs,
    }),
  );
}

/** Which place the Command Center goes to, from the settings. */
import type { PublicKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import type { HubAccess } from "../platforms/hub/hub-rest.ts";
import { type HubTiming, openHub } from "../platforms/hub/hub-scene.ts";
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
  readonly timing: HubTiming;
  /** Another endpoint of Vercel's interface; tests have their own. */
  readonly vercelUrl?: string;
}

/** What has to be given before a page can go elsewhere. */
export function missingPageToken({ target, pageTarget, vercel, hub }: Settings): string | null {
  if (pageTarget === "vercel" && vercel.token === null) {
    return "--cc-target vercel needs --vercel-token or vercel_token (vercel.com/account/tokens)";
  }
  if (pageTarget === "hf" && target !== "hf" && hub.token === null) {
    return "a page on the Hub needs hf_token (huggingface.co/settings/tokens); --cc-target local needs none";
  }
  return null;
}

/** For spores on this machine whose page goes elsewhere: asks the Hub who it is where the page goes there. */
export async function openHostedPage(
  settings: Settings,
  operator: PublicKey | null,
  timing: HubTiming,
  vercelUrl?: string,
): Promise<Result<PageHost, string>> {
  const opened = settings.pageTarget === "hf" ? await openHub(settings, timing) : null;
  if (opened !== null && !opened.ok) return err(opened.error.messages.join("; "));
  const hub = opened === null ? null : { access: opened.value.hub, owner: opened.value.owner };
  const page = hostedPage(settings, {
    hub,
    operator,
    timing,
    ...(vercelUrl === undefined ? {} : { vercelUrl }),
  });
  if (!page.ok) return page;
  return page.value === null ? err("no hosted page is wanted") : ok(page.value);
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
  if (token === null) return err(missingPageToken(settings) ?? "no token");
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

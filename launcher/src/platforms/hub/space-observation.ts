/** What is on the Hub before a launch. Looks, and changes nothing. */
import type { PublicKey } from "@synapse/shared/ids.ts";
import { ok } from "@synapse/shared/result.ts";
import type { Remote } from "../../remote-call.ts";
import { repoFiles, repoText } from "./hub-client.ts";
import { type HubAccess, type SpaceDetails, spaceDetails, spaceValues } from "./hub-rest.ts";
import { isMarkOf } from "./space-files.ts";
import { MARK_FILE, type ObservedSpace } from "./space-plan.ts";

/** @param operator whose mark makes a Space ours; null while there is no operator key yet: then none is */
export async function observeSpace(
  hub: HubAccess,
  id: string,
  operator: PublicKey | null,
): Promise<Remote<ObservedSpace>> {
  const details = await spaceDetails(hub, id);
  if (!details.ok) {
    // The token itself was accepted before; what it may not even see is somebody else's.
    const hidden = details.error.kind === "unauthorised" || details.error.kind === "forbidden";
    if (hidden) return ok({ kind: "foreign" });
    return details.error.kind === "missing" ? ok({ kind: "absent" }) : details;
  }
  if (operator === null) return ok({ kind: "foreign" });
  const mark = await repoText(hub, id, MARK_FILE);
  if (!mark.ok) return mark;
  if (!isMarkOf(mark.value, operator)) return ok({ kind: "foreign" });
  const files = await repoFiles(hub, id);
  if (!files.ok) return files;
  const variables = await spaceValues(hub, id, "variables");
  if (!variables.ok) return variables;
  const secrets = await spaceValues(hub, id, "secrets");
  if (!secrets.ok) return secrets;
  return ok({
    kind: "ours",
    sdk: details.value.sdk ?? null,
    stage: details.value.runtime?.stage ?? "NO_APP_FILE",
    visibility: visibilityOf(details.value),
    host: hostOf(details.value),
    files: files.value,
    variables: variables.value,
    secrets: secrets.value,
  });
}

export function hostOf({ host, subdomain, sdk }: SpaceDetails): string | null {
  if (host !== null && host !== undefined) return host.replace(/\/+$/, "");
  if (subdomain === null || subdomain === undefined) return null;
  return `https://${subdomain}.${sdk === "static" ? "static." : ""}hf.space`;
}

/** Null where the Hub only says "private", which a protected Space may be called too. */
function visibilityOf(details: SpaceDetails): string | null {
  if (details.visibility !== null && details.visibility !== undefined) return details.visibility;
  return details.private === false ? "public" : null;
}

/**
 * The Command Center as a static Space: free, no build there, no variable and no secret.
 *
 * Such a Space serves a file under its exact name and nothing else: `/library` leads away to huggingface.co, where there
 * is no such page, and no 404 page of ours is shown. Its pages are told so (`fileAddresses`). Binary files come from the
 * Hub's store, on another host, after a redirect; the typefaces are the only ones, and the policy lets them.
 */
import type { PageConfig } from "@synapse/shared/contract/swarm-file.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { deleteSpace, type RepoFile } from "../platforms/hub/hub-client.ts";
import type { HubAccess } from "../platforms/hub/hub-rest.ts";
import { spaceDetails } from "../platforms/hub/hub-rest.ts";
import { markFile, pageCard } from "../platforms/hub/space-files.ts";
import { hostOf, observeSpace } from "../platforms/hub/space-observation.ts";
import { type ObservedSpace, planSpace, type WantedSpace } from "../platforms/hub/space-plan.ts";
import { mendOf, performSpaceSteps } from "../platforms/hub/space-steps.ts";
import { pageConfigFile, textFile } from "./page-files.ts";
import type { PageHost } from "./page-host.ts";

export interface SpacePageOptions {
  readonly hub: HubAccess;
  /** `owner/name`. */
  readonly id: string;
  /** Null while there is no operator key yet. */
  readonly operator: PublicKey | null;
}

/** The page has no secret, so no fingerprint is ever asked for. */
const NO_FINGERPRINT = () => "";

export function spacePage({ hub, id, operator }: SpacePageOptions): PageHost {
  const observed = async (): Promise<Result<ObservedSpace, string>> => {
    const found = await observeSpace(hub, id, operator);
    return found.ok ? found : err(found.error.message);
  };
  const bring = async (files: readonly RepoFile[]): Promise<Result<number, string>> => {
    const now = await observed();
    if (!now.ok) return now;
    if (now.value.kind === "foreign") return err(`the Space ${id} was not made by this operator`);
    const wanted = wantedPage(id, operator, files);
    const steps = planSpace(wanted, now.value, NO_FINGERPRINT);
    const done = await performSpaceSteps(hub, wanted, steps, NO_FINGERPRINT, () => undefined);
    return done.ok ? ok(steps.length) : err(mendOf(done.error));
  };
  return {
    name: "a static Space",
    label: id,
    stepTexts: [`create the public static Space ${id}`, `upload the Command Center to ${id}, in one commit`],
    async observe() {
      const now = await observed();
      if (!now.ok) return now;
      return ok(now.value.kind === "ours" ? { kind: "ours", url: now.value.host } : { kind: now.value.kind });
    },
    async prepare() {
      const now = await observed();
      if (!now.ok) return now;
      if (now.value.kind === "absent") {
        const created = await bring([]);
        if (!created.ok) return created;
      }
      const details = await spaceDetails(hub, id);
      if (!details.ok) return err(details.error.message);
      const host = hostOf(details.value);
      return host === null ? err(`the Hub names no address for the Space ${id}`) : ok(host);
    },
    async deploy(files, config) {
      const changed = await bring(spacePageFiles(files, config, hub.url));
      if (!changed.ok) return changed;
      return ok(changed.value === 0 ? "unchanged" : "deployed");
    },
    async destroy() {
      const removed = await deleteSpace(hub, id);
      return removed.ok || removed.error.kind === "missing" ? ok(undefined) : err(removed.error.message);
    },
  };
}

/** What lies in the Space, but for its card. @param files the export @param hubUrl whose store the binary files come from */
export function spacePageFiles(
  files: readonly RepoFile[],
  config: PageConfig,
  hubUrl: string,
): readonly RepoFile[] {
  const store = new URL(hubUrl).hostname === "huggingface.co" ? "https://*.hf.co" : new URL(hubUrl).origin;
  const decoder = new TextDecoder();
  const adapted = files.map((file) =>
    file.path.endsWith(".html")
      ? textFile(file.path, decoder.decode(file.bytes).replace("font-src 'self'", `font-src 'self' ${store}`))
      : file,
  );
  return [...adapted, pageConfigFile({ ...config, fileAddresses: true })];
}

function wantedPage(id: string, operator: PublicKey | null, files: readonly RepoFile[]): WantedSpace {
  const name = id.split("/").at(-1) ?? id;
  return {
    id,
    sdk: "static",
    visibility: "public",
    files: [...files, pageCard(name), ...(operator === null ? [] : [markFile(operator, "command-center")])],
    variables: {},
    secrets: {},
  };
}

/** What the Command Center is told about its swarm, wherever it is shown: addresses, and never a credential. */
import type { PageConfig } from "@synapse/shared/contract/swarm-file.ts";
import type { Layout } from "../layout.ts";
import { pageBootstrapUrl } from "../platforms/local/network-choice.ts";
import type { Settings } from "../settings.ts";

/** @param spores their addresses, as a browser reaches them */
export function pageConfigOf(settings: Settings, layout: Layout, spores: readonly string[]): PageConfig {
  return {
    spores: [...spores],
    bootstrap: pageBootstrapUrl(settings.bootstrap, layout),
    ...(settings.mapboxToken === null ? {} : { mapboxToken: settings.mapboxToken }),
    ...(settings.mapboxStyle === null ? {} : { mapboxStyle: settings.mapboxStyle }),
  };
}

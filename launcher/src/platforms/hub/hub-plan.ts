/** What a launch on the Hub would do, as people and scripts see it: costs, steps, and every file of every place. */

import type { Layout } from "../../layout.ts";
import { pageConfigOf } from "../../pages/page-config.ts";
import { exportedPage, pageConfigFile } from "../../pages/page-files.ts";
import type { PageHost } from "../../pages/page-host.ts";
import { spacePageFiles } from "../../pages/space-page.ts";
import { type Settings, servesPage } from "../../settings.ts";
import { dataDirAt } from "../local/data-dir.ts";
import type { Operator } from "../local/operator.ts";
import { isPageBuilt, pageOutput } from "../local/page-build.ts";
import { pageUrl, type Step, stepText } from "../local/plan.ts";
import { pageOrigins } from "../local/spore-environment.ts";
import type { PlacePlan, PlanView } from "../platform.ts";
import { costLines } from "./account.ts";
import { hostedSpores, secretFingerprint, wantedSpores } from "./hosted-spores.ts";
import type { HubScene } from "./hub-scene.ts";
import { sporeSources } from "./space-files.ts";
import { expectedHost } from "./space-name.ts";
import { type ObservedSpace, planSpace, spaceStepText, type WantedSpace } from "./space-plan.ts";
import { openPassphrase, openSporeCredentials } from "./spore-credentials.ts";

export interface HubPlanInput {
  readonly settings: Settings;
  readonly layout: Layout;
  readonly owner: string;
  readonly operator: Operator;
  readonly scene: HubScene;
  readonly page: PageHost | null;
  readonly obstacles: readonly string[];
  readonly notices: readonly string[];
  /** False for a look before the first launch: keys and certificates are then made up for the plan. */
  readonly imagine: boolean;
}

/** The Spaces as they should be, given what the Hub and the page's host have told so far. */
export function wantedSwarm(
  input: Omit<HubPlanInput, "obstacles" | "notices">,
  missing: string[],
): WantedSpace[] {
  const { settings, scene, operator } = input;
  const dataDir = dataDirAt(settings.dataDir);
  const sources = sporeSources(input.layout.root);
  missing.push(...sources.missing);
  return wantedSpores({
    settings,
    spores: scene.spores,
    operator,
    sources: sources.files,
    credentials: ({ name }) => openSporeCredentials(dataDir, operator, name, input.imagine, Date.now()),
    hosts: hostsIn(scene.observed),
    pageOrigins: originsOf(settings, scene, input.owner),
    passphrase: settings.snapshot === null ? null : openPassphrase(dataDir, input.imagine),
  });
}

export function hostsIn(observed: ReadonlyMap<string, ObservedSpace>): Map<string, string> {
  const hosts = new Map<string, string>();
  for (const [id, space] of observed)
    if (space.kind === "ours" && space.host !== null) hosts.set(id, space.host);
  return hosts;
}

function originsOf(settings: Settings, scene: HubScene, owner: string): string[] {
  if (!settings.deployPage) return [];
  if (settings.pageTarget === "local") return pageOrigins(settings);
  if (scene.page?.kind === "ours" && scene.page.url !== null) return [scene.page.url];
  if (settings.pageTarget === "hf") return [expectedHost(`${owner}/${settings.pageName}`, "static")];
  return [`https://${settings.pageName}.vercel.app`];
}

export function hubPlan(input: HubPlanInput): PlanView {
  const { settings, layout, owner, scene, page } = input;
  const missing: string[] = [];
  const wanted = wantedSwarm(input, missing);
  const fingerprint = secretFingerprint(input.operator);
  const spaceSteps = wanted.flatMap((space) =>
    planSpace(space, scene.observed.get(space.id) ?? { kind: "absent" }, fingerprint),
  );
  const { snapshot } = settings;
  const kept =
    snapshot === null
      ? []
      : [
          {
            kind: "snapshots",
            text: `use the private dataset ${snapshot.repo} for encrypted snapshots; create it if it is missing`,
          },
        ];
  const steps = spaceSteps.map((step) => ({ ...step, text: spaceStepText(step) }));
  const pauses = scene.surplus
    .filter(({ stage }) => stage !== "PAUSED")
    .map(({ id }) => ({
      kind: "pause",
      text: `pause the Space ${id}, which is beyond the count; destroy removes it`,
    }));
  const localPage: Step[] = servesPage(settings)
    ? [
        ...(isPageBuilt(layout) ? [] : [{ kind: "build-page" } as const]),
        { kind: "serve-page", url: pageUrl(settings) },
      ]
    : [];
  const after = [
    ...(page === null || scene.page?.kind !== "absent" ? [] : page.stepTexts).map((text) => ({
      kind: "page",
      text,
    })),
    ...(page !== null && scene.page?.kind === "ours"
      ? [{ kind: "page", text: `bring the Command Center on ${page.name} (${page.label}) up to date` }]
      : []),
    ...localPage.map((step) => ({ kind: "page", text: stepText(step) })),
    {
      kind: "wait-for-health",
      text: `wait until all of it is healthy (at most ${settings.startTimeoutMs / 1000} s)`,
    },
    { kind: "write-swarm-file", text: `write ${dataDirAt(settings.dataDir).swarmFile}` },
  ];
  return {
    obstacles: [
      ...input.obstacles,
      ...missing.map((file) => `${file} is missing from this clone, and a spore's Space needs it`),
    ],
    notices: [...costLines(settings.count, page?.name === "a static Space"), ...input.notices],
    steps: [...kept, ...steps, ...pauses, ...after],
    places: [...wanted.map(placeOf), ...pagePlaces(settings, layout, owner, page, scene)],
  };
}

function placeOf(space: WantedSpace): PlacePlan {
  return {
    name: space.id,
    variables: space.variables,
    secrets: Object.keys(space.secrets).sort(),
    files: space.files.map(({ path, bytes }) => ({ path, bytes: bytes.length })),
  };
}

function pagePlaces(
  settings: Settings,
  layout: Layout,
  owner: string,
  page: PageHost | null,
  scene: HubScene,
): PlacePlan[] {
  if (page === null) return [];
  // Before its first build the page has no files to name; what is written at deploy time is known.
  const exported = isPageBuilt(layout) ? exportedPage(pageOutput(layout)) : [];
  const hosts = hostsIn(scene.observed);
  const spores = hostedSpores(settings, owner).map(({ id }) => hosts.get(id) ?? expectedHost(id, "docker"));
  const config = pageConfigOf(settings, layout, spores);
  const files =
    settings.pageTarget === "hf"
      ? spacePageFiles(exported, config, settings.hub.url)
      : [...exported, pageConfigFile(config)];
  return [
    {
      name: page.label,
      variables: {},
      secrets: [],
      files: files.map(({ path, bytes }) => ({ path, bytes: bytes.length })),
    },
  ];
}

/**
 * Which spores this page may call, and which of them are the commander's own.
 *
 * Sources, in this order: `config.json` beside the page (or the build's environment where no launcher wrote one),
 * `?spores=` in the link, what the visitor added. Seeds of the bootstrap list are used only where none of those names any
 * spore. While the demo is played, its recorded spores are the only ones.
 *
 * Invariants:
 * 1. A request goes to a chosen spore only. Spores that were merely heard of are shown, never called.
 * 2. Only a spore marked `own` is ever sent the operator token: those of config.json and of the build, and those the
 *    visitor added as theirs. A link can never make a spore `own`, or any link could steal the token.
 * 3. A link only adds: what configuration or the visitor says of an address stands, though a link names it as well.
 */
import { type PageConfig, pageConfigSchema } from "@synapse/shared/contract/swarm-file.ts";
import { z } from "zod";
import { demoStartedAt } from "@/demo/demo-state.ts";
import { loadRecording } from "@/demo/recording.ts";
import { parseSporeUrl } from "@/lib/spore-url.ts";

export type SporeOrigin = "config" | "build" | "link" | "added" | "bootstrap" | "demo";

export interface ChosenSpore {
  readonly url: string;
  readonly origin: SporeOrigin;
  readonly own: boolean;
}

export interface Choice {
  readonly spores: readonly ChosenSpore[];
  /** Why config.json could not be used, for the commander to mend; null when it was fine or simply absent. */
  readonly problem: string | null;
  readonly mapboxToken: string | null;
  /** Address of the commander's own Mapbox style; null means the usual ones. */
  readonly mapboxStyle: string | null;
  /** The host finds a page under the name of its file only. */
  readonly fileAddresses: boolean;
}

export interface ChoiceSources {
  readonly config: PageConfig | null;
  readonly build: string;
  readonly link: readonly string[];
  readonly added: readonly AddedSpore[];
  readonly bootstrap: readonly string[];
}

const ADDED_KEY = "synapse.spores";
const LINK_KEY = "synapse.link-spores";
/** A bootstrap list may be long; more first contacts than this help nobody. */
const SEEDS_MAX = 8;

const addedSchema = z.array(z.object({ url: z.string(), own: z.boolean() }));
export type AddedSpore = z.infer<typeof addedSchema>[number];

/** Joins the sources; pure. */
export function chooseSpores(sources: ChoiceSources): readonly ChosenSpore[] {
  const chosen = new Map<string, ChosenSpore>();
  const add = (text: string, origin: SporeOrigin, own: boolean) => {
    const url = parseSporeUrl(text);
    if (!url.ok) return;
    const known = chosen.get(url.value);
    // Kept in its place in the list, with the standing that the visitor gave it.
    if (known === undefined || known.origin === "link")
      chosen.set(url.value, { url: url.value, origin, own });
  };
  for (const url of sources.config?.spores ?? []) add(url, "config", true);
  for (const url of sources.build.split(",")) add(url, "build", true);
  for (const url of sources.link) add(url, "link", false);
  for (const spore of sources.added) add(spore.url, "added", spore.own);
  if (chosen.size === 0)
    for (const url of sources.bootstrap.slice(0, SEEDS_MAX)) add(url, "bootstrap", false);
  return [...chosen.values()];
}

export async function loadChoice(signal: AbortSignal): Promise<Choice> {
  const { config, problem } = await loadConfig(signal);
  const fileAddresses = config?.fileAddresses ?? false;
  if (demoStartedAt() !== null) return await demoChoice(fileAddresses);
  const sources: ChoiceSources = {
    config,
    build: process.env.NEXT_PUBLIC_SYNAPSE_SPORES ?? "",
    link: linkSpores(),
    added: readAdded(),
    bootstrap: [],
  };
  const spores = chooseSpores(sources);
  const page = {
    mapboxToken: config?.mapboxToken ?? null,
    mapboxStyle: config?.mapboxStyle ?? null,
    fileAddresses,
  };
  const list = config?.bootstrap ?? null;
  if (spores.length > 0 || list === null) return { spores, problem, ...page };
  return {
    spores: chooseSpores({ ...sources, bootstrap: await loadSeeds(list, signal) }),
    problem,
    ...page,
  };
}

async function demoChoice(fileAddresses: boolean): Promise<Choice> {
  const { spores } = await loadRecording();
  return {
    spores: spores.map(({ url }) => ({ url, origin: "demo", own: false })),
    problem: null,
    mapboxToken: null,
    mapboxStyle: null,
    fileAddresses,
  };
}

async function loadConfig(
  signal: AbortSignal,
): Promise<{ config: PageConfig | null; problem: string | null }> {
  const nothing = { config: null, problem: null };
  let text: string;
  try {
    const response = await fetch("/config.json", { signal, cache: "no-store", credentials: "omit" });
    if (!response.ok) return nothing;
    text = await response.text();
  } catch {
    // The page may be open while its host is gone; what the visitor added still works.
    return nothing;
  }
  // Hosts that answer every unknown path with a page are common.
  if (text.trimStart().startsWith("<")) return nothing;
  const parsed = pageConfigSchema.safeParse(parseJson(text));
  if (parsed.success) return { config: parsed.data, problem: null };
  const issue = parsed.error.issues[0];
  return {
    config: null,
    problem: `config.json: ${issue?.path.join(".") || "file"} ${issue?.message ?? "is not JSON"}`,
  };
}

const seedsSchema = z.looseObject({
  seeds: z.array(z.union([z.string(), z.looseObject({ url: z.string() })])),
});

async function loadSeeds(list: string, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const response = await fetch(list, { signal, credentials: "omit", referrerPolicy: "no-referrer" });
    const parsed = seedsSchema.safeParse(await response.json());
    if (!parsed.success) return [];
    return parsed.data.seeds.map((seed) => (typeof seed === "string" ? seed : seed.url));
  } catch {
    // No seeds is a state of its own (first run), not a failure of the page.
    return [];
  }
}

/** `?spores=a,b`, remembered for this tab so that moving between pages keeps it. */
function linkSpores(): readonly string[] {
  const now = new URLSearchParams(window.location.search).get("spores");
  if (now !== null) window.sessionStorage.setItem(LINK_KEY, now);
  return (now ?? window.sessionStorage.getItem(LINK_KEY) ?? "").split(",").filter((url) => url !== "");
}

export function readAdded(): readonly AddedSpore[] {
  const parsed = addedSchema.safeParse(parseJson(window.localStorage.getItem(ADDED_KEY) ?? "[]"));
  return parsed.success ? parsed.data : [];
}

export function saveAdded(spores: readonly AddedSpore[]): void {
  window.localStorage.setItem(ADDED_KEY, JSON.stringify(spores));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `launch` and `launch plan`. */
import { existsSync } from "node:fs";
import { CONFIG_DEFAULTS } from "@synapse/shared/config.ts";
import { swarmFileSchema } from "@synapse/shared/contract/swarm-file.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { ok, type Result } from "@synapse/shared/result.ts";
import type { CommandContext } from "../commands.ts";
import { missingPageToken, openHostedPage } from "../pages/page-choice.ts";
import { hubPlatform } from "../platforms/hub/hub-platform.ts";
import { HUB_TIMING } from "../platforms/hub/hub-scene.ts";
import { readJsonFile } from "../platforms/local/atomic-file.ts";
import { dataDirAt } from "../platforms/local/data-dir.ts";
import { dataDirProblem } from "../platforms/local/data-dir-problem.ts";
import { localPlatform } from "../platforms/local/local-platform.ts";
import { chosenBootstrap, keepRefusal, networkNotice } from "../platforms/local/network-choice.ts";
import type { PlacePlan, PlanView, Platform } from "../platforms/platform.ts";
import { resolveSettings, type Settings } from "../settings.ts";
import { askForSettings, askToJoin, canAsk, confirm } from "../wizard.ts";

export async function runLaunch(context: CommandContext): Promise<number> {
  const { parsed, output } = context;
  if (parsed.has("dry-run")) return runPlan(context);
  const asks = canAsk(context.environment) && !output.json;
  if (parsed.has("wizard") && !asks) {
    output.error("--wizard needs a terminal; write config.yaml by hand (config.template.yaml shows how)");
    return 2;
  }
  const hasConfig = parsed.string("config") !== undefined || existsSync(`${context.cwd}/config.yaml`);
  if (parsed.has("wizard") || (asks && parsed.isBare && !hasConfig)) {
    const hubUrl = parsed.string("hub-url") ?? CONFIG_DEFAULTS.hub_url;
    const answered = await askForSettings(context.cwd, hubUrl);
    if (!answered.ok) {
      output.error(answered.error);
      return 1;
    }
  }
  const settings = readSettings(context);
  if (!settings.ok) return settings.error;
  let chosen = settings.value;
  const dataDir = dataDirAt(chosen.dataDir);
  if (asks && chosen.bootstrap.kind === "default" && !existsSync(dataDir.operatorKey)) {
    const join = await askToJoin(networkNotice(chosen.bootstrap, context.layout));
    if (join === null) return 130;
    if (!join) {
      const kept = keepRefusal(dataDir);
      if (!kept.ok) {
        output.error(`${kept.error}; choose another --data-dir`);
        return 1;
      }
      chosen = { ...chosen, bootstrap: { kind: "none" } };
    }
  }
  const platform = launchPlatform(chosen, context);
  if (!platform.ok) return platform.error;
  if (chosen.target === "hf" && asks && !parsed.has("yes")) {
    const agreed = await askToCreate(await platform.value.plan(), context);
    if (!agreed) return 130;
  }
  try {
    return await platform.value.up();
  } catch (error) {
    // Whatever was started is ended by now, wherever the data dir failed.
    const problem = dataDirProblem(dataDir.path, error);
    if (problem === null) throw error;
    output.error(problem);
    return 1;
  }
}

/** Before the first Space is made: what it costs, and whether that is meant. */
async function askToCreate(plan: PlanView, { output }: CommandContext): Promise<boolean> {
  const created = plan.steps.filter(({ kind }) => kind === "create-space");
  if (created.length === 0 || plan.obstacles.length > 0) return true;
  for (const notice of plan.notices ?? []) output.line(notice);
  for (const { text } of created) output.line(`  ${text}`);
  if (await confirm("Create them?", true)) return true;
  output.line("nothing was created; bun run launch --target local runs on this machine");
  return false;
}

export async function runPlan(context: CommandContext): Promise<number> {
  const { output } = context;
  const opened = openPlatform(context);
  if (!opened.ok) return opened.error;
  const plan = await opened.value.plan();
  output.result(plan);
  for (const notice of plan.notices ?? []) output.line(notice);
  if (plan.steps.length > 0) output.line("This would be done:");
  for (const { text } of plan.steps) output.line(`  ${text}`);
  showPlaces(plan.places ?? [], context);
  for (const obstacle of plan.obstacles) output.error(obstacle);
  return plan.obstacles.length === 0 ? 0 : 1;
}

/** Every file, variable and name of a secret; files that several places share are listed once. */
function showPlaces(places: readonly PlacePlan[], { output }: CommandContext): void {
  const pathsOf = ({ files }: PlacePlan) =>
    files.map(({ path, bytes }) => `  ${path} (${bytes} bytes)`).join("\n");
  let shown = "";
  for (const place of places) {
    output.line();
    output.line(output.bold(place.name));
    for (const [name, value] of Object.entries(place.variables)) output.line(`  variable ${name}=${value}`);
    for (const name of place.secrets) output.line(`  secret   ${name}`);
    const paths = pathsOf(place);
    const sizes = place.files.reduce((sum, { bytes }) => sum + bytes, 0);
    output.line(
      `  ${place.files.length} files, ${sizes} bytes${paths === shown ? ", the same as above" : ":"}`,
    );
    if (paths !== shown) output.line(paths.replaceAll(/^/gm, "  "));
    shown = paths;
  }
}

/** The platform that the flags, the configuration and the environment ask for; the error is an exit code. */
function openPlatform(context: CommandContext): Result<Platform, number> {
  const settings = readSettings(context);
  return settings.ok ? launchPlatform(settings.value, context) : settings;
}

/** What stops or removes a swarm needs no token for its page; what starts one does. */
function launchPlatform(settings: Settings, context: CommandContext): Result<Platform, number> {
  const lacking = settings.deployPage ? missingPageToken(settings) : null;
  if (lacking === null) return platformOf(settings, context);
  context.output.error(lacking);
  return { ok: false, error: 1 };
}

/** The same for a swarm that is there already: where nothing else was chosen, the place it runs at. */
export function openRunningPlatform(context: CommandContext): Result<Platform, number> {
  const settings = readSettings(context);
  if (!settings.ok) return settings;
  const { value } = settings;
  const swarm = swarmFileSchema.safeParse(readJsonFile(dataDirAt(value.dataDir).swarmFile));
  if (!swarm.success || (value.targetChosen && swarm.data.target !== value.target))
    return platformOf(value, context);
  // What runs says how many there are; a flag or the default might name others.
  const { target, spores } = swarm.data;
  const running = { ...value, target, count: spores.length };
  if (target === value.target) return platformOf(running, context);
  const token = value.hub.token ?? context.environment.HF_TOKEN?.trim() ?? null;
  return platformOf({ ...running, hub: { ...value.hub, token } }, context);
}

function readSettings(context: CommandContext): Result<Settings, number> {
  const settings = resolveSettings(context.parsed, context.environment, context.cwd);
  if (!settings.ok) {
    const { error } = settings;
    for (const message of error.kind === "usage" ? [error.message] : error.messages)
      context.output.error(message);
    return { ok: false, error: 2 };
  }
  const dataDir = dataDirAt(settings.value.dataDir);
  return ok({ ...settings.value, bootstrap: chosenBootstrap(settings.value, dataDir) });
}

function platformOf(settings: Settings, context: CommandContext): Result<Platform, number> {
  const { output, layout, environment } = context;
  if (settings.target === "hf") {
    return ok(hubPlatform({ settings, layout, output, environment, timing: HUB_TIMING }));
  }
  const isHosted = settings.deployPage && settings.pageTarget !== "local";
  const openPage = (operator: PublicKey) => openHostedPage(settings, operator, HUB_TIMING);
  return ok(localPlatform({ settings, layout, output, environment, ...(isHosted ? { openPage } : {}) }));
}

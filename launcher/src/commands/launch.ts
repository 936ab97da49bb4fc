/** `launch` and `launch plan`. */
import { existsSync } from "node:fs";
import { ok, type Result } from "@synapse/shared/result.ts";
import type { CommandContext } from "../commands.ts";
import { dataDirAt } from "../platforms/local/data-dir.ts";
import { localPlatform } from "../platforms/local/local-platform.ts";
import { chosenBootstrap, keepRefusal, networkNotice } from "../platforms/local/network-choice.ts";
import type { Platform } from "../platforms/platform.ts";
import { resolveSettings, type Settings } from "../settings.ts";
import { askForSettings, askToJoin, canAsk } from "../wizard.ts";

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
    const answered = await askForSettings(context.cwd);
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
      keepRefusal(dataDir);
      chosen = { ...chosen, bootstrap: { kind: "none" } };
    }
  }
  const platform = platformOf(chosen, context);
  return platform.ok ? platform.value.up() : platform.error;
}

export async function runPlan(context: CommandContext): Promise<number> {
  const { output } = context;
  const opened = openPlatform(context);
  if (!opened.ok) return opened.error;
  const plan = await opened.value.plan();
  output.result(plan);
  output.line("This would be done:");
  for (const { text } of plan.steps) output.line(`  ${text}`);
  for (const obstacle of plan.obstacles) output.error(obstacle);
  return plan.obstacles.length === 0 ? 0 : 1;
}

/** The platform that the flags, the configuration and the environment ask for; the error is an exit code. */
export function openPlatform(context: CommandContext): Result<Platform, number> {
  const settings = readSettings(context);
  return settings.ok ? platformOf(settings.value, context) : settings;
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
  if (settings.target !== "local") {
    output.error(
      `this version cannot launch on "${settings.target}" yet; --target local runs on this machine`,
    );
    return { ok: false, error: 1 };
  }
  if (settings.deployPage && settings.pageTarget !== "local") {
    output.error(`this version serves the Command Center on this machine only; use --cc-target local`);
    return { ok: false, error: 1 };
  }
  return ok(localPlatform({ settings, layout, output, environment }));
}

/** `doctor`: what is configured, reachable and missing, and how to mend it. Reads only; never shows a secret. */

import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { swarmFileSchema } from "@synapse/shared/contract/swarm-file.ts";
import { isLoopbackHost } from "@synapse/shared/loopback.ts";
import type { CommandContext } from "../commands.ts";
import { isInstalled } from "../dependencies.ts";
import { readJsonFile } from "../platforms/local/atomic-file.ts";
import { type DataDir, dataDirAt } from "../platforms/local/data-dir.ts";
import { probePage, probeSpore } from "../platforms/local/health.ts";
import { chosenBootstrap, networkNotice } from "../platforms/local/network-choice.ts";
import { observe } from "../platforms/local/observation.ts";
import { planLaunch } from "../platforms/local/plan.ts";
import { type Environment, resolveSettings, type Settings } from "../settings.ts";
import { modelChecks, runningModelChecks } from "./doctor-models.ts";

export interface Check {
  readonly area: string;
  /** `info` is neither good nor bad: something optional that is or is not there. */
  readonly state: "ok" | "info" | "bad";
  readonly text: string;
}

export async function runDoctor(context: CommandContext): Promise<number> {
  const { output } = context;
  const checks = [...toolChecks(context), ...(await settingsChecks(context))];
  output.result({ healthy: checks.every(({ state }) => state !== "bad"), checks });
  let area = "";
  for (const check of checks) {
    if (check.area !== area) output.line(output.bold(check.area));
    area = check.area;
    const mark = { ok: output.green("✓"), info: output.dim("·"), bad: output.red("✗") }[check.state];
    output.line(`  ${mark} ${check.text}`);
  }
  const bad = checks.filter(({ state }) => state === "bad").length;
  output.line(bad === 0 ? output.green("Nothing has to be mended.") : `${bad} to mend.`);
  return bad === 0 ? 0 : 1;
}

function toolChecks({ layout, environment }: CommandContext): Check[] {
  const area = "This machine";
  const manifest = JSON.parse(readFileSync(join(layout.root, "package.json"), "utf8")) as {
    engines?: { bun?: string };
  };
  const wanted = manifest.engines?.bun ?? "*";
  const bunFits = Bun.semver.satisfies(Bun.version, wanted);
  const browser = [environment.CHROMIUM_PATH, "chromium", "chromium-browser", "google-chrome"].find(
    (name) => name !== undefined && Bun.which(name) !== null,
  );
  return [
    bunFits
      ? { area, state: "ok", text: `Bun ${Bun.version}` }
      : {
          area,
          state: "bad",
          text: `Bun ${Bun.version}, ${wanted} is needed: npm i -g --allow-scripts=bun bun@1.4.5`,
        },
    isInstalled(layout.root)
      ? { area, state: "ok", text: "dependencies as bun.lock names them" }
      : { area, state: "bad", text: "dependencies are missing or old: bun install --frozen-lockfile" },
    browser === undefined
      ? { area, state: "info", text: "no Chromium: needed for the browser tests only" }
      : { area, state: "ok", text: `Chromium (${browser})` },
  ];
}

async function settingsChecks(context: CommandContext): Promise<Check[]> {
  const { layout } = context;
  const area = "Configuration";
  const resolved = resolveSettings(context.parsed, context.environment, context.cwd);
  if (!resolved.ok) {
    const { error } = resolved;
    const messages = error.kind === "usage" ? [error.message] : error.messages;
    return messages.map((text) => ({ area, state: "bad", text }));
  }
  const dataDir = dataDirAt(resolved.value.dataDir);
  const settings: Settings = { ...resolved.value, bootstrap: chosenBootstrap(resolved.value, dataDir) };
  const checks: Check[] = [
    settings.configFile === null
      ? {
          area,
          state: "info",
          text: "no config.yaml (optional; config.template.yaml shows what it may hold)",
        }
      : configFileCheck(settings.configFile),
    {
      area,
      state: "info",
      text: `target ${settings.target}, ${settings.count} spores from port ${settings.basePort}`,
    },
    { area, state: "info", text: networkNotice(settings.bootstrap, layout) },
    ...hostChecks(context.environment),
    ...settings.notices.map((text): Check => ({ area, state: "info", text })),
    ...(await modelChecks(settings, context.environment, context.parsed.has("check-keys"))),
    ...dataDirChecks(dataDir),
  ];
  const observed = await observe(settings, layout);
  if (observed.running !== null) return [...checks, ...(await swarmChecks(dataDir))];
  for (const obstacle of planLaunch(settings, observed).obstacles) {
    checks.push({ area: "Swarm", state: "bad", text: obstacle });
  }
  const leftovers = observed.leftovers.length + observed.staleFiles.length;
  checks.push({
    area: "Swarm",
    state: "info",
    text:
      leftovers === 0
        ? "not running: bun run launch"
        : "not running; the next launch cleans up after a killed one",
  });
  return checks;
}

/** A launch sets both itself; a spore by itself reads them. */
function hostChecks({ HOST, SPORE_TOKEN }: Environment): Check[] {
  const host = HOST?.trim() || "127.0.0.1";
  if (isLoopbackHost(host) || (SPORE_TOKEN?.trim() ?? "") !== "") return [];
  const text = `HOST=${host} without SPORE_TOKEN: nobody could write to a \`bun run spore\`; set SPORE_TOKEN`;
  return [{ area: "Configuration", state: "info", text }];
}

function configFileCheck(path: string): Check {
  const exposed = process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0;
  return exposed
    ? {
        area: "Configuration",
        state: "bad",
        text: `${path} may hold keys and others can read it: chmod 600 ${path}`,
      }
    : { area: "Configuration", state: "ok", text: path };
}

function dataDirChecks(dataDir: DataDir): Check[] {
  const area = "Data";
  if (!existsSync(dataDir.path)) {
    const parent = dirname(dataDir.path);
    return [
      isWritable(parent)
        ? { area, state: "info", text: `${dataDir.path} will be made by the first launch` }
        : {
            area,
            state: "bad",
            text: `${dataDir.path} cannot be made, ${parent} is not writable: use --data-dir`,
          },
    ];
  }
  if (!isWritable(dataDir.path)) {
    return [
      {
        area,
        state: "bad",
        text: `${dataDir.path} is not writable for this user: mend it or use --data-dir`,
      },
    ];
  }
  const exposed = [dataDir.operatorKey, dataDir.operatorToken].filter(
    (file) => process.platform !== "win32" && existsSync(file) && (statSync(file).mode & 0o077) !== 0,
  );
  return [
    { area, state: "ok", text: dataDir.path },
    ...exposed.map(
      (file): Check => ({ area, state: "bad", text: `others can read ${file}: chmod 600 ${file}` }),
    ),
  ];
}

async function swarmChecks(dataDir: DataDir): Promise<Check[]> {
  const area = "Swarm";
  const swarm = swarmFileSchema.safeParse(readJsonFile(dataDir.swarmFile));
  if (!swarm.success) return [{ area, state: "info", text: "is starting" }];
  const spores = swarm.data.spores.map(async ({ id, url }): Promise<Check[]> => {
    const probe = await probeSpore(url, id);
    if (!probe.ok)
      return [{ area, state: "bad", text: `${id} on ${url} ${probe.reason}: bun run launch logs ${id}` }];
    const { memories, peers, wall_clock } = probe.value;
    const answers: Check = {
      area,
      state: "ok",
      text: `${id} on ${url}, ${memories} memories, ${peers.length} peers`,
    };
    if (!wall_clock?.message) return [answers];
    return [
      answers,
      { area, state: wall_clock.state === "off" ? "bad" : "info", text: `${id}: ${wall_clock.message}` },
    ];
  });
  const page = swarm.data.commandCenter;
  const pages = (page === null ? [] : [page]).map(async ({ url }): Promise<Check[]> => {
    const probe = await probePage(url);
    return [
      probe.ok
        ? { area, state: "ok", text: `Command Center on ${url}` }
        : { area, state: "bad", text: `Command Center on ${url} ${probe.reason}` },
    ];
  });
  const checks = (await Promise.all([...spores, ...pages])).flat();
  const first = swarm.data.spores[0];
  if (first === undefined || !existsSync(dataDir.operatorToken)) return checks;
  const token = readFileSync(dataDir.operatorToken, "utf8").trim();
  return [...checks, ...(await runningModelChecks({ url: first.url, token }))];
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    // Absent or not allowed: no launch could write there.
    return false;
  }
}

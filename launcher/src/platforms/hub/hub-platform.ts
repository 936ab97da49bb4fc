/** A swarm of Spaces on the Hugging Face Hub. */
import { mkdirSync, rmSync } from "node:fs";
import { swarmFileSchema } from "@synapse/shared/contract/swarm-file.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { tryLock } from "../../file-lock.ts";
import { localPageObstacle } from "../../pages/local-page.ts";
import { hostedPage } from "../../pages/page-choice.ts";
import type { PageHost } from "../../pages/page-host.ts";
import { readJsonFile } from "../local/atomic-file.ts";
import { type DataDir, dataDirAt, PAGE_NAME } from "../local/data-dir.ts";
import { probePage, probeSpore, sporeText } from "../local/health.ts";
import { readLaunchRecord } from "../local/launch-record.ts";
import { endEverything } from "../local/leftovers.ts";
import type { PartStatus, PlanView, Platform, SwarmStatus } from "../platform.ts";
import { hostedSpores } from "./hosted-spores.ts";
import { deleteSpace, type HubAccount } from "./hub-client.ts";
import { type HubContext, launchOnHub } from "./hub-launch.ts";
import { showHubLogs } from "./hub-logs.ts";
import { hubPlan } from "./hub-plan.ts";
import { pauseSpace, spaceRuntime } from "./hub-rest.ts";
import {
  accountProblems,
  type HubScene,
  imaginedOperator,
  knownOperator,
  type OpenedHub,
  observeHub,
  openHub,
  takenNames,
} from "./hub-scene.ts";

export function hubPlatform(context: HubContext): Platform {
  const { settings, output } = context;
  const dataDir = dataDirAt(settings.dataDir);
  return {
    plan: () => planOnHub(context),
    up: () => lockedUp(context, dataDir),
    status: () => readStatus(context, dataDir),
    async logs(request) {
      const opened = await openHub(settings, context.timing);
      if (!opened.ok) return complain(context, opened.error.messages);
      const { hub, owner } = opened.value;
      return await showHubLogs({ hub, spores: hostedSpores(settings, owner), request, output });
    },
    async down() {
      const seen = await look(context);
      if (!seen.ok) return complain(context, seen.error);
      for (const id of ownSpaces(seen.value.scene)) {
        const paused = await pauseSpace(seen.value.opened.hub, id);
        if (!paused.ok) return complain(context, [`${id} could not be paused: ${paused.error.message}`]);
        output.line(`paused ${id}`);
      }
      if ((await endLocalPage(context, dataDir)) === null) return 1;
      output.line(
        "Paused Spaces cost nothing and answer nobody; their disks are emptied. bun run launch starts them again.",
      );
      rmSync(dataDir.swarmFile, { force: true });
      return 0;
    },
    async destruction() {
      const seen = await look(context);
      if (!seen.ok) {
        complain(context, seen.error);
        return null;
      }
      const { scene, page } = seen.value;
      return [
        ...ownSpaces(scene).map((id) => `the Space ${id} with everything in it`),
        ...(scene.page?.kind === "ours" && page !== null
          ? [`the Command Center ${page.label} on ${page.name}`]
          : []),
        ...(ownSpaces(scene).length === 0
          ? []
          : [`${dataDir.hosted}, the keys of those spores and the passphrase of their snapshots`]),
      ];
    },
    async destroy() {
      const seen = await look(context);
      if (!seen.ok) return complain(context, seen.error);
      const { opened, scene, page } = seen.value;
      for (const id of ownSpaces(scene)) {
        const removed = await deleteSpace(opened.hub, id);
        if (!removed.ok && removed.error.kind !== "missing") {
          return complain(context, [
            `${id} could not be deleted: ${removed.error.message}. Run the same command again`,
          ]);
        }
        output.line(`deleted ${id}`);
      }
      if (scene.page?.kind === "ours" && page !== null) {
        const removed = await page.destroy();
        if (!removed.ok) return complain(context, [removed.error]);
        output.line(`deleted ${page.label} on ${page.name}`);
      }
      if ((await endLocalPage(context, dataDir)) === null) return 1;
      rmSync(dataDir.hosted, { recursive: true, force: true });
      rmSync(dataDir.swarmFile, { force: true });
      output.line(`The operator key stays in ${dataDir.path}: it is your identity, not this swarm's.`);
      return 0;
    },
  };
}

interface Sight {
  readonly opened: OpenedHub;
  readonly scene: HubScene;
  readonly page: PageHost | null;
}

async function look(context: HubContext): Promise<Result<Sight, readonly string[]>> {
  const { settings } = context;
  const opened = await openHub(settings, context.timing);
  if (!opened.ok) return err(opened.error.messages);
  const operator = knownOperator(settings);
  if (!operator.ok) return err([operator.error]);
  const page = pageOf(context, opened.value, operator.value?.publicKey ?? null);
  if (!page.ok) return err([page.error]);
  const scene = await observeHub(settings, opened.value, operator.value, page.value);
  return scene.ok ? ok({ opened: opened.value, scene: scene.value, page: page.value }) : err([scene.error]);
}

function pageOf(
  context: HubContext,
  opened: OpenedHub | null,
  operator: Parameters<typeof hostedPage>[1]["operator"],
) {
  return hostedPage(context.settings, {
    hub: opened === null ? null : { access: opened.hub, owner: opened.owner },
    operator,
    timing: context.timing,
    ...(context.vercelUrl === undefined ? {} : { vercelUrl: context.vercelUrl }),
  });
}

function ownSpaces(scene: HubScene): string[] {
  const own = [...scene.observed].filter(([, { kind }]) => kind === "ours").map(([id]) => id);
  return [...own, ...scene.surplus.map(({ id }) => id)];
}

/** A page that another launch serves from this machine ends with the swarm. @returns null where it could not be ended */
async function endLocalPage(context: HubContext, dataDir: DataDir): Promise<number | null> {
  const ended = await endEverything(dataDir, (text) => context.output.line(text));
  if (ended === null) complain(context, [`the page's server of ${dataDir.path} could not be ended`]);
  return ended;
}

async function lockedUp(context: HubContext, dataDir: DataDir): Promise<number> {
  mkdirSync(dataDir.path, { recursive: true, mode: 0o700 });
  const lock = tryLock(dataDir.lock);
  if (lock === null) {
    const record = readLaunchRecord(dataDir);
    const who = record === null ? "" : ` (launcher pid ${record.launcher.pid}, since ${record.startedAt})`;
    return complain(context, [
      `another launch uses ${dataDir.path}${who}. Wait for it, or end it with Ctrl-C where it serves the page; ` +
        "another swarm needs another --data-dir",
    ]);
  }
  try {
    return await launchOnHub(context);
  } finally {
    lock.release();
  }
}

const NOBODY: HubAccount = { name: "", isPaid: true, organisations: [], tokenRole: null, scopes: [] };

async function planOnHub(context: HubContext): Promise<PlanView> {
  const { settings, layout } = context;
  const operator = knownOperator(settings);
  if (!operator.ok) return { obstacles: [operator.error], steps: [] };
  const opened = await openHub(settings, context.timing);
  if (!opened.ok && !opened.error.unreachable) return { obstacles: opened.error.messages, steps: [] };
  // Where the Hub cannot be asked, the plan is that of a first launch, and says so.
  const offline = {
    hub: { url: settings.hub.url, token: settings.hub.token ?? "", fetch: async () => Response.error() },
    owner: settings.hub.owner ?? "your-account",
    account: NOBODY,
  };
  const { hub, owner, account } = opened.ok ? opened.value : offline;
  const page = pageOf(context, { hub, owner, account }, operator.value?.publicKey ?? null);
  if (!page.ok) return { obstacles: [page.error], steps: [] };
  const notices = [...settings.notices];
  const obstacles: string[] = [];
  let scene: HubScene = {
    spores: hostedSpores(settings, owner),
    observed: new Map(),
    surplus: [],
    page: null,
  };
  if (page.value !== null) scene = { ...scene, page: { kind: "absent" } };
  if (opened.ok) {
    const verdict = await accountProblems(settings, opened.value);
    notices.push(...verdict.notices);
    obstacles.push(...verdict.obstacles);
    const observed = await observeHub(settings, opened.value, operator.value, page.value);
    if (!observed.ok) return { obstacles: [...obstacles, observed.error], steps: [] };
    scene = observed.value;
    obstacles.push(...takenNames(scene, page.value, dataDirAt(settings.dataDir)));
  } else notices.push(`${opened.error.messages.join("; ")}: this is the plan of a first launch`);
  const port = await localPageObstacle(settings);
  if (port !== null) obstacles.push(port);
  return hubPlan({
    settings,
    layout,
    owner,
    operator: operator.value ?? imaginedOperator(),
    scene,
    page: page.value,
    obstacles,
    notices,
    imagine: true,
  });
}

async function readStatus(context: HubContext, dataDir: DataDir): Promise<SwarmStatus> {
  const { settings } = context;
  const swarm = swarmFileSchema.safeParse(readJsonFile(dataDir.swarmFile));
  const known = swarm.success && swarm.data.target === "hf" ? swarm.data : null;
  const opened = await openHub(settings, context.timing);
  const spores = (known?.spores ?? []).map(async ({ id, role, url, repo }): Promise<PartStatus> => {
    // The stage explains a silence; without a token the address alone has to tell.
    const stage = opened.ok && repo !== undefined ? await spaceRuntime(opened.value.hub, repo) : null;
    const at = stage?.ok === true ? `${stage.value.stage}, ` : "";
    const probe = await probeSpore(url, id);
    const detail = `${at}${probe.ok ? sporeText(probe.value) : probe.reason}`;
    return { name: id, role, url, pid: null, healthy: probe.ok, detail };
  });
  const page = known?.commandCenter ?? null;
  const pages = (page === null ? [] : [page]).map(async ({ url, pid }): Promise<PartStatus> => {
    const probe = await probePage(url);
    const detail = probe.ok ? "serves the page" : probe.reason;
    return { name: PAGE_NAME, role: null, url, pid, healthy: probe.ok, detail };
  });
  const parts = await Promise.all([...spores, ...pages]);
  return { target: "hf", running: known !== null, startedAt: null, parts };
}

function complain({ output }: HubContext, messages: readonly string[]): number {
  for (const message of messages) output.error(message);
  return 1;
}

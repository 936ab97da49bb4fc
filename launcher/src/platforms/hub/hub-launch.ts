/**
 * Brings a swarm up on the Hub.
 *
 * 1. Nothing is begun while there is an obstacle. Every step sets a state, so that a launch that failed anywhere is
 *    simply repeated: it finds what is done and goes on.
 * 2. Spaces are created first, because only then their addresses are known; values before files, so that the first build
 *    starts with all of them; the page while the Hub builds.
 * 3. swarm.json is written when everything answers. The exit code is 0 only then.
 */
import { mkdirSync } from "node:fs";
import type { SwarmFile } from "@synapse/shared/contract/swarm-file.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { localPageObstacle, stayWithLocalPage } from "../../pages/local-page.ts";
import { hostedPage } from "../../pages/page-choice.ts";
import { pageConfigOf } from "../../pages/page-config.ts";
import { exportedPage } from "../../pages/page-files.ts";
import type { PageHost } from "../../pages/page-host.ts";
import { StopRequest } from "../../stop-request.ts";
import { announcementLines } from "../local/announcement.ts";
import { EVERYBODY_READS, writeFileAtomically } from "../local/atomic-file.ts";
import { dataDirAt, PAGE_NAME } from "../local/data-dir.ts";
import { endLeftovers } from "../local/leftovers.ts";
import { networkNotice } from "../local/network-choice.ts";
import { type Operator, openOperator } from "../local/operator.ts";
import { buildPage, pageOutput } from "../local/page-build.ts";
import { pageUrl } from "../local/plan.ts";
import type { LaunchContext } from "../local/up.ts";
import { costLines } from "./account.ts";
import { type AwaitedSpore, awaitHostedSpores } from "./hosted-health.ts";
import { secretFingerprint } from "./hosted-spores.ts";
import { hostsIn, wantedSwarm } from "./hub-plan.ts";
import { pauseSpace } from "./hub-rest.ts";
import {
  accountProblems,
  type HubScene,
  type HubTiming,
  type OpenedHub,
  observeHub,
  openHub,
  takenNames,
} from "./hub-scene.ts";
import { ensureSnapshotDataset } from "./snapshot-dataset.ts";
import { planSpace } from "./space-plan.ts";
import { mendOf, performSpaceSteps } from "./space-steps.ts";

export interface HubContext extends LaunchContext {
  readonly timing: HubTiming;
  readonly vercelUrl?: string;
}

/** The parts of a launch that later steps need. */
interface Launch {
  readonly context: HubContext;
  readonly opened: OpenedHub;
  readonly operator: Operator;
  readonly page: PageHost | null;
  readonly stop: StopRequest;
}

const EXIT_INTERRUPTED = 130;

export async function launchOnHub(context: HubContext): Promise<number> {
  const { output } = context;
  const stop = new StopRequest();
  stop.listen(() => process.exit(EXIT_INTERRUPTED));
  try {
    const live = await bringUp(context, stop);
    output.progress(null);
    if (!live.ok) {
      for (const message of live.error) output.error(message);
      return 1;
    }
    return live.value;
  } catch (error) {
    output.progress(null);
    if (!stop.signal.aborted) throw error;
    output.line("stopped; what was done on the Hub stays, and the same command goes on from there");
    return EXIT_INTERRUPTED;
  } finally {
    stop.end();
  }
}

async function bringUp(context: HubContext, stop: StopRequest): Promise<Result<number, readonly string[]>> {
  const { settings, output, layout } = context;
  const opened = await openHub(settings, context.timing);
  if (!opened.ok) return err(opened.error.messages);
  for (const line of costLines(settings.count, settings.deployPage && settings.pageTarget === "hf"))
    output.line(line);
  for (const notice of settings.notices) output.line(output.dim(`note: ${notice}`));
  output.line(output.dim(networkNotice(settings.bootstrap, layout)));
  const account = await accountProblems(settings, opened.value);
  for (const notice of account.notices) output.warn(notice);
  const dataDir = dataDirAt(settings.dataDir);
  const stays = await endLeftovers(dataDir, (text) => output.line(text));
  const port = stays ?? (await localPageObstacle(settings));
  const obstacles = [...account.obstacles, ...(port === null ? [] : [port])];
  if (obstacles.length > 0) return err(obstacles);
  const operator = openOperator(dataDir, context.environment.SPORE_TOKEN?.trim() || undefined);
  if (!operator.ok) return err([operator.error]);
  for (const notice of operator.value.notices) output.line(notice);
  const page = hostedPage(settings, {
    hub: { access: opened.value.hub, owner: opened.value.owner },
    operator: operator.value.publicKey,
    timing: context.timing,
    ...(context.vercelUrl === undefined ? {} : { vercelUrl: context.vercelUrl }),
  });
  if (!page.ok) return err([page.error]);
  const launch: Launch = { context, opened: opened.value, operator: operator.value, page: page.value, stop };
  if (settings.snapshot !== null) {
    const dataset = await ensureSnapshotDataset(opened.value.hub, settings.snapshot.repo, (text) =>
      output.line(text),
    );
    if (!dataset.ok) return err([dataset.error]);
  }
  const awaited = await applyToHub(launch);
  if (!awaited.ok) return awaited;
  const pageAddress = await deployPage(launch, awaited.value);
  if (!pageAddress.ok) return err([pageAddress.error]);
  const healthy = await awaitHostedSpores(awaited.value, {
    hub: opened.value.hub,
    output,
    timeoutMs: settings.startTimeoutMs,
    pollMs: context.timing.pollMs,
    signal: stop.signal,
  });
  if (!healthy.ok) return err([healthy.error]);
  return await finish(launch, awaited.value, pageAddress.value);
}

/** Creates what is missing and changes what differs. */
async function applyToHub(launch: Launch): Promise<Result<readonly AwaitedSpore[], readonly string[]>> {
  const { context, opened, operator, page, stop } = launch;
  const { settings, output } = context;
  const dataDir = dataDirAt(settings.dataDir);
  let scene = await observeHub(settings, opened, operator, page);
  if (!scene.ok) return err([scene.error]);
  const taken = takenNames(scene.value, page, dataDir);
  if (taken.length > 0) return err(taken);
  const created = await performOnAll(launch, scene.value, (kind) => kind === "create-space");
  if (!created.ok) return err([created.error]);
  if (page !== null) {
    const prepared = await page.prepare();
    if (!prepared.ok) return err([prepared.error]);
    output.line(`the Command Center will be on ${prepared.value}`);
  }
  stop.signal.throwIfAborted();
  scene = await observeHub(settings, opened, operator, page);
  if (!scene.ok) return err([scene.error]);
  const changed = await performOnAll(launch, scene.value, (kind) => kind !== "create-space");
  if (!changed.ok) return err([changed.error]);
  for (const { id, stage } of scene.value.surplus) {
    if (stage === "PAUSED") continue;
    output.line(`pause the Space ${id}, which is beyond the count; launch destroy removes it`);
    const paused = await pauseSpace(opened.hub, id);
    if (!paused.ok) return err([`${id} could not be paused: ${paused.error.message}`]);
  }
  const hosts = hostsIn(scene.value.observed);
  const awaited = scene.value.spores.map((spore): AwaitedSpore => {
    return { ...spore, url: hosts.get(spore.id) ?? "", changedAt: changed.value.get(spore.id) ?? null };
  });
  const nameless = awaited.find(({ url }) => url === "");
  return nameless === undefined
    ? ok(awaited)
    : err([`the Hub names no address for the Space ${nameless.id}`]);
}

/** @returns when each Space that was changed was changed last, ms */
async function performOnAll(
  { context, opened, operator, stop }: Launch,
  scene: HubScene,
  isNow: (kind: string) => boolean,
): Promise<Result<ReadonlyMap<string, number>, string>> {
  const { settings, layout, output } = context;
  const missing: string[] = [];
  const wanted = wantedSwarm(
    { settings, layout, owner: opened.owner, operator, scene, page: null, imagine: false },
    missing,
  );
  if (missing.length > 0) return err(`missing from this clone: ${missing.join(", ")}`);
  const fingerprint = secretFingerprint(operator);
  const changedAt = new Map<string, number>();
  for (const space of wanted) {
    stop.signal.throwIfAborted();
    const steps = planSpace(space, scene.observed.get(space.id) ?? { kind: "absent" }, fingerprint).filter(
      (step) => isNow(step.kind),
    );
    if (steps.length === 0) continue;
    const done = await performSpaceSteps(opened.hub, space, steps, fingerprint, (text) => output.line(text));
    if (!done.ok) return err(mendOf(done.error));
    changedAt.set(space.id, Date.now());
  }
  return ok(changedAt);
}

/** Builds the page while the Hub builds the spores. @returns where the page is, or null for none or a local one */
async function deployPage(
  { context, page, stop }: Launch,
  spores: readonly AwaitedSpore[],
): Promise<Result<string | null, string>> {
  const { settings, layout, output } = context;
  if (!settings.deployPage) return ok(null);
  const log = dataDirAt(settings.dataDir).log(`${PAGE_NAME}-build`);
  mkdirSync(dataDirAt(settings.dataDir).logs, { recursive: true });
  output.line("building the Command Center");
  const built = await buildPage(layout, log, stop.signal, (text) => output.line(text));
  if (!built.ok) return built;
  // Served from here, once all of it is healthy.
  if (page === null) return ok(null);
  const config = pageConfigOf(
    settings,
    layout,
    spores.map(({ url }) => url),
  );
  const deployed = await page.deploy(exportedPage(pageOutput(layout)), config);
  if (!deployed.ok) return err(`the Command Center could not be deployed to ${page.name}: ${deployed.error}`);
  const address = await page.prepare();
  if (address.ok)
    output.line(
      `the Command Center on ${address.value} is ${deployed.value === "deployed" ? "deployed" : "as it was"}`,
    );
  return address;
}

async function finish(
  { context, operator, stop }: Launch,
  spores: readonly AwaitedSpore[],
  hostedPageUrl: string | null,
): Promise<Result<number, readonly string[]>> {
  const { settings, layout, output } = context;
  const dataDir = dataDirAt(settings.dataDir);
  const isLocalPage = settings.deployPage && hostedPageUrl === null;
  const swarmWith = (commandCenter: SwarmFile["commandCenter"]): SwarmFile => ({
    target: "hf",
    spores: spores.map(({ name, role, url, id }) => ({ id: name, role, url, pid: null, repo: id })),
    commandCenter,
    operator: { publicKey: operator.publicKey, tokenFile: dataDir.operatorToken },
  });
  const write = (swarm: SwarmFile) =>
    writeFileAtomically(dataDir.swarmFile, `${JSON.stringify(swarm, null, 2)}\n`, EVERYBODY_READS);
  const announce = (swarm: SwarmFile) => {
    write(swarm);
    output.line();
    output.line(output.green(`A swarm of ${spores.length} is live on the Hub.`));
    output.line();
    const lines = announcementLines({
      swarm,
      token: operator.token,
      dataDir: settings.dataDir,
      root: layout.root,
      dataDirFlag: "",
      bold: output.bold,
    });
    for (const line of lines) output.line(line);
    output.result({ ...swarm, dataDir: settings.dataDir });
  };
  if (!isLocalPage) {
    announce(swarmWith(hostedPageUrl === null ? null : { url: hostedPageUrl, pid: null }));
    return ok(0);
  }
  let announced = false;
  const stayed = await stayWithLocalPage({
    context,
    spores: spores.map((spore) => spore.url),
    stop,
    onServed(pid) {
      const swarm = swarmWith({ url: pageUrl(settings), pid });
      if (announced) write(swarm);
      else announce(swarm);
      announced = true;
    },
  });
  // The spores go on without the page.
  if (announced) write(swarmWith(null));
  return stayed.ok ? ok(0) : err([stayed.error]);
}

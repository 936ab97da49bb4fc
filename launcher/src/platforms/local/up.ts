/**
 * Launches a swarm on this machine and stays with it until it is told to stop.
 *
 * 1. Nothing is begun while there is an obstacle; whatever was begun is stopped again when a part fails.
 * 2. swarm.json exists exactly while the swarm is healthy or was so: it is written when all answer, removed at the end.
 * 3. SIGINT, SIGTERM and SIGHUP stop everything in order; a second one, later, stops it at once.
 * 4. The exit code is 0 only after a swarm that was live was stopped on request.
 */
import { mkdirSync, rmSync } from "node:fs";
import { relative } from "node:path";
import type { PageConfig, SwarmFile } from "@synapse/shared/contract/swarm-file.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import type { Result } from "@synapse/shared/result.ts";
import { type FileLock, tryLock } from "../../file-lock.ts";
import type { Layout } from "../../layout.ts";
import { durationText, type Output, shellQuoted } from "../../output.ts";
import { pageConfigOf } from "../../pages/page-config.ts";
import { exportedPage } from "../../pages/page-files.ts";
import type { PageHost } from "../../pages/page-host.ts";
import { type Environment, type Settings, servesPage } from "../../settings.ts";
import { StopRequest } from "../../stop-request.ts";
import { announcementLines } from "./announcement.ts";
import { EVERYBODY_READS, writeFileAtomically } from "./atomic-file.ts";
import { type DataDir, dataDirAt, PAGE_NAME, sporeName } from "./data-dir.ts";
import { dataDirProblem } from "./data-dir-problem.ts";
import { type HealthTarget, watchUntilHealthy } from "./health-wait.ts";
import { readLaunchRecord, removeLaunchRecord, writeLaunchRecord } from "./launch-record.ts";
import { endLeftovers } from "./leftovers.ts";
import { networkNotice } from "./network-choice.ts";
import { observe } from "./observation.ts";
import { type Operator, openOperator } from "./operator.ts";
import { buildPage, pageOutput } from "./page-build.ts";
import { pageServer } from "./page-process.ts";
import { pageUrl, planLaunch, stepText } from "./plan.ts";
import { identifyProcess } from "./process-identity.ts";
import { roleOf, sporeEnvironment, sporeUrl } from "./spore-environment.ts";
import { Supervisor, type SupervisorEvent } from "./supervisor.ts";

/** Opens the place of a page that is not served from this machine. */
export type OpenPage = (operator: PublicKey) => Promise<Result<PageHost, string>>;

export interface LaunchContext {
  /** Set where the page goes elsewhere. */
  readonly openPage?: OpenPage;
  readonly settings: Settings;
  readonly layout: Layout;
  readonly output: Output;
  readonly environment: Environment;
}

/** What a shell reports for Ctrl-C; here: stopped on request before it was live. */
const EXIT_INTERRUPTED = 130;

/** Why a launch could not be completed; the message says how to mend it. */
class LaunchFailure extends Error {}

export async function launchLocally(context: LaunchContext): Promise<number> {
  const { settings, output } = context;
  const dataDir = dataDirAt(settings.dataDir);
  let lock: FileLock | null;
  try {
    mkdirSync(dataDir.path, { recursive: true, mode: 0o700 });
    lock = tryLock(dataDir.lock);
  } catch (error) {
    output.error(
      dataDirProblem(dataDir.path, error) ??
        `the data dir ${dataDir.path} cannot be used: ${(error as Error).message}; choose another --data-dir`,
    );
    return 1;
  }
  if (lock === null) {
    const record = readLaunchRecord(dataDir);
    const who = record === null ? "" : ` (launcher pid ${record.launcher.pid}, since ${record.startedAt})`;
    output.error(
      `a swarm already runs on ${dataDir.path}${who}. Stop it with: bun run launch down, ` +
        "or give this one another --data-dir and --base-port",
    );
    return 1;
  }
  const launch = new LocalLaunch(context, dataDir);
  try {
    return await launch.run();
  } finally {
    lock.release();
  }
}

class LocalLaunch {
  readonly #context: LaunchContext;
  readonly #dataDir: DataDir;
  readonly #stop = new StopRequest();
  readonly #supervisor = new Supervisor((event) => this.#onChildChange(event));
  readonly #startedAt = new Date();
  #operator: Operator | null = null;
  #pageWork: Promise<void> = Promise.resolve();
  #live = false;
  /** What ended the start from within a callback, which has nobody to throw it to. */
  #failure: LaunchFailure | null = null;
  /** Where a hosted page is, once that is known. */
  #hostedPage: { readonly host: PageHost; readonly url: string } | null = null;

  constructor(context: LaunchContext, dataDir: DataDir) {
    this.#context = context;
    this.#dataDir = dataDir;
  }

  async run(): Promise<number> {
    const { output } = this.#context;
    this.#stop.listen(() => this.#supervisor.kill());
    let exitCode = 0;
    try {
      await this.#start();
      await this.#stayUntilStopped();
    } catch (caught) {
      output.progress(null);
      const error = this.#failure ?? caught;
      if (error instanceof LaunchFailure) {
        output.error(error.message);
        exitCode = 1;
      } else if (this.#stop.signal.aborted) exitCode = this.#live ? 0 : EXIT_INTERRUPTED;
      else throw error;
    } finally {
      await this.#tearDown();
    }
    return exitCode;
  }

  async #start(): Promise<void> {
    const { settings, layout, output } = this.#context;
    const plan = planLaunch(settings, await observe(settings, layout));
    if (plan.obstacles.length > 0) throw new LaunchFailure(plan.obstacles.join("\n       "));
    for (const notice of settings.notices) output.line(output.dim(`note: ${notice}`));
    output.line(output.dim(networkNotice(settings.bootstrap, layout)));
    await this.#cleanUpAfterKilledLaunch();
    const operator = openOperator(this.#dataDir, this.#context.environment.SPORE_TOKEN?.trim() || undefined);
    if (!operator.ok) throw new LaunchFailure(operator.error);
    for (const notice of operator.value.notices) output.line(notice);
    this.#operator = operator.value;
    this.#recordProcesses();
    await this.#prepareHostedPage(operator.value);
    for (const step of plan.steps) if (step.kind === "start-spore") output.line(stepText(step));
    const targets: HealthTarget[] = [];
    for (let index = 0; index < settings.count; index += 1) {
      targets.push(this.#startSpore(index, operator.value));
      this.#stop.signal.throwIfAborted();
    }
    if (servesPage(settings)) targets.push(this.#startPage());
    await watchUntilHealthy({
      targets,
      supervisor: this.#supervisor,
      output,
      startedAtMs: this.#startedAt.getTime(),
      timeoutMs: settings.startTimeoutMs,
      signal: this.#stop.signal,
      fail: (message) => new LaunchFailure(message),
    });
    await this.#deployHostedPage();
    this.#supervisor.settle();
    this.#live = true;
    const swarm = this.#writeSwarmFile(operator.value);
    this.#announce(swarm, operator.value);
  }

  async #cleanUpAfterKilledLaunch(): Promise<void> {
    const stays = await endLeftovers(this.#dataDir, (text) => this.#context.output.line(text));
    if (stays !== null) throw new LaunchFailure(stays);
    rmSync(this.#dataDir.swarmFile, { force: true });
  }

  #startSpore(index: number, operator: Operator): HealthTarget {
    const { settings, layout, environment } = this.#context;
    const name = sporeName(index);
    this.#supervisor.start({
      name,
      script: layout.sporeScript,
      environment: sporeEnvironment(
        settings,
        index,
        this.#dataDir,
        operator.token,
        environment,
        this.#hostedPage?.url ?? null,
      ),
      cwd: layout.root,
      logFile: this.#dataDir.log(name),
    });
    return { name, url: sporeUrl(settings, index), kind: "spore", preparing: null };
  }

  /** Spores let a page use a token only if they know its address when they start. */
  async #prepareHostedPage(operator: Operator): Promise<void> {
    const { openPage, settings, output } = this.#context;
    if (openPage === undefined || !settings.deployPage) return;
    const host = await openPage(operator.publicKey);
    if (!host.ok) throw new LaunchFailure(host.error);
    const state = await host.value.observe();
    if (!state.ok) throw new LaunchFailure(state.error);
    if (state.value.kind === "foreign") {
      const { label, name } = host.value;
      throw new LaunchFailure(`${label} exists on ${name} and is not yours; choose another --cc-name`);
    }
    const url = await host.value.prepare();
    if (!url.ok) throw new LaunchFailure(url.error);
    output.line(`the Command Center will be on ${url.value}`);
    this.#hostedPage = { host: host.value, url: url.value };
  }

  async #deployHostedPage(): Promise<void> {
    const { layout, output } = this.#context;
    if (this.#hostedPage === null) return;
    const { host, url } = this.#hostedPage;
    const log = this.#dataDir.log(`${PAGE_NAME}-build`);
    const built = await buildPage(layout, log, this.#stop.signal, (text) => output.line(text));
    if (!built.ok) throw new LaunchFailure(built.error);
    const deployed = await host.deploy(exportedPage(pageOutput(layout)), this.#pageConfig());
    if (!deployed.ok) throw new LaunchFailure(deployed.error);
    output.line(
      `the Command Center on ${url} is ${deployed.value === "deployed" ? "deployed" : "as it was"}`,
    );
    output.line("It shows this machine's spores to browsers of this machine only.");
  }

  #pageConfig(): PageConfig {
    const { settings, layout } = this.#context;
    const spores = Array.from({ length: settings.count }, (_, index) => sporeUrl(settings, index));
    return pageConfigOf(settings, layout, spores);
  }

  /** Builds the page while the spores start, and serves it as soon as that is done. */
  #startPage(): HealthTarget {
    const { settings, layout, output, environment } = this.#context;
    const logFile = this.#dataDir.log(`${PAGE_NAME}-build`);
    const serve = async () => {
      const built = await buildPage(layout, logFile, this.#stop.signal, (text) => output.line(text));
      if (!built.ok) throw new LaunchFailure(built.error);
      if (built.value === "built") {
        output.line(`the Command Center is built (${durationText(Date.now() - this.#startedAt.getTime())})`);
      }
      this.#supervisor.start(
        pageServer({
          port: settings.pagePort,
          layout,
          config: this.#pageConfig(),
          logFile: this.#dataDir.log(PAGE_NAME),
          environment,
        }),
      );
    };
    this.#pageWork = serve();
    return { name: PAGE_NAME, url: pageUrl(settings), kind: "page", preparing: this.#pageWork };
  }

  #announce(swarm: SwarmFile, operator: Operator): void {
    const { settings, layout, output } = this.#context;
    const took = durationText(Date.now() - this.#startedAt.getTime());
    output.line();
    output.line(output.green(`A swarm of ${settings.count} is live (${took}).`));
    output.line();
    const path = relative(process.cwd(), settings.dataDir);
    const lines = announcementLines({
      swarm,
      token: operator.token,
      dataDir: settings.dataDir,
      root: layout.root,
      dataDirFlag: path === ".synapse" ? "" : `--data-dir ${shellQuoted(settings.dataDir)}`,
      bold: output.bold,
    });
    for (const line of lines) output.line(line);
    output.result({ ...swarm, dataDir: settings.dataDir });
  }

  async #stayUntilStopped(): Promise<void> {
    const { output } = this.#context;
    const signal = await this.#stop.requested;
    output.progress(null);
    if (signal === "all gave up") {
      throw new LaunchFailure(`no spore is left running; ${this.#dataDir.logs} says why each of them died`);
    }
    output.line(`stopping (${signal})`);
  }

  async #tearDown(): Promise<void> {
    const { output } = this.#context;
    // Ends a build that still runs; its failure was reported where it mattered.
    this.#stop.request("the launch ends");
    await this.#pageWork.catch(() => undefined);
    const count = this.#supervisor.children.filter(({ process }) => process !== null).length;
    await this.#supervisor.stop();
    rmSync(this.#dataDir.swarmFile, { force: true });
    removeLaunchRecord(this.#dataDir);
    this.#stop.end();
    output.progress(null);
    if (count > 0)
      output.line(`stopped ${count} ${count === 1 ? "process" : "processes"}; nothing is left running`);
  }

  #onChildChange(event: SupervisorEvent): void {
    this.#keep(() => this.#recordProcesses());
    if (this.#failure !== null) return;
    const { output } = this.#context;
    if (event.kind === "started") {
      if (!event.restart) return;
      output.line(`${event.name} was started again (pid ${event.pid})`);
      const operator = this.#operator;
      if (this.#live && operator !== null) this.#keep(() => this.#writeSwarmFile(operator));
      return;
    }
    const lived = durationText(event.livedMs);
    for (const word of event.lastWords) output.line(output.dim(`  ${event.name} | ${word}`));
    if (event.restartInMs !== null) {
      const pause = durationText(event.restartInMs);
      output.warn(`${event.name} died after ${lived} (${event.cause}); starting it again in ${pause}`);
      return;
    }
    output.warn(
      `${event.name} died after ${lived} (${event.cause}), the ${event.quickDeaths}. quick death in a row: given up. ` +
        `Its log: ${this.#dataDir.log(event.name)}`,
    );
    const spores = this.#supervisor.children.filter(({ name }) => name !== PAGE_NAME);
    if (this.#live && spores.every(({ gaveUp }) => gaveUp)) this.#stop.request("all gave up");
  }

  /** A start ends where it cannot be recorded; a live swarm goes on, since its spores still answer on a full disk. */
  #keep(write: () => void): void {
    try {
      write();
    } catch (error) {
      const problem = dataDirProblem(this.#dataDir.path, error);
      if (problem === null) throw error;
      if (this.#live) {
        this.#context.output.warn(problem);
        return;
      }
      this.#failure ??= new LaunchFailure(problem);
      this.#stop.request("the data dir fails");
    }
  }

  #recordProcesses(): void {
    const launcher = identifyProcess(process.pid);
    if (launcher === null) return;
    writeLaunchRecord(this.#dataDir, {
      startedAt: this.#startedAt.toISOString(),
      launcher,
      children: this.#supervisor.children.flatMap(({ name, process }) =>
        process === null ? [] : [{ name, process }],
      ),
    });
  }

  #writeSwarmFile(operator: Operator): SwarmFile {
    const { settings } = this.#context;
    const pidOf = (name: string) =>
      this.#supervisor.children.find((child) => child.name === name)?.process?.pid ?? null;
    const swarm: SwarmFile = {
      target: "local",
      spores: Array.from({ length: settings.count }, (_, index) => ({
        id: sporeName(index),
        role: roleOf(index),
        url: sporeUrl(settings, index),
        pid: pidOf(sporeName(index)),
      })),
      commandCenter: settings.deployPage
        ? { url: this.#hostedPage?.url ?? pageUrl(settings), pid: pidOf(PAGE_NAME) }
        : null,
      operator: { publicKey: operator.publicKey, tokenFile: this.#dataDir.operatorToken },
    };
    writeFileAtomically(this.#dataDir.swarmFile, `${JSON.stringify(swarm, null, 2)}\n`, EVERYBODY_READS);
    return swarm;
  }
}

/**
 * Runs a scenario from a seed: builds the swarm, lets the world happen to it, asks the invariants after every step, and
 * measures. The same seed gives the same run to the byte; the trace hash over all messages, writes and faults proves it.
 */
import { createHash } from "node:crypto";
import type { Label } from "@synapse/shared/contract/label.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { keyPairOfSeed } from "../support/test-keys.ts";
import { planBlock } from "./blocking.ts";
import { createChecks } from "./checks.ts";
import { Faults } from "./faults.ts";
import { Hostiles } from "./hostile.ts";
import { InvariantBreach, Invariants } from "./invariants.ts";
import { type Delivery, Measurement, type Traffic } from "./measurement.ts";
import { between, type Random, streamOf } from "./random.ts";
import type { Fault, Scenario } from "./scenario.ts";
import { SimulatedSpore, urlOf } from "./simulated-spore.ts";
import type { CommitFate } from "./virtual-disk.ts";
import { VirtualNetwork } from "./virtual-network.ts";
import { START_MS, VirtualTime } from "./virtual-time.ts";

export interface RunReport {
  readonly scenario: string;
  readonly seed: number;
  readonly spores: number;
  /** The invariant that did not hold, or null. */
  readonly breach: string | null;
  readonly traceHash: string;
  readonly events: number;
  readonly virtualMs: number;
  readonly delivery: Delivery;
  readonly traffic: Traffic;
  /** Bodies of all messages from the first moment on. */
  readonly allBytes: number;
  readonly messagesLost: number;
  /** Virtual milliseconds from the end of the last fault to equal sets everywhere; null where that did not happen. */
  readonly convergedMs: number | null;
  readonly hostileCaught: number;
}

/** How often convergence is looked at while a run settles. */
const LOOK_EVERY_MS = 1_000;
const OLD_MS = 3_600_000;
/** Of the commits that fail on a failing disk, those that were stored all the same. */
const UNKNOWN_ENDS = 0.2;

export async function simulate(scenario: Scenario, seed: number): Promise<RunReport> {
  return await new Simulator(scenario, seed).run();
}

export class Simulator {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly time = new VirtualTime();
  readonly spores: readonly SimulatedSpore[];
  readonly network: VirtualNetwork;
  readonly measurement = new Measurement();
  readonly invariants: Invariants;
  readonly faults: Faults;
  private readonly hostiles: Hostiles;
  private readonly trace = createHash("sha256");
  private readonly fullDisks = new Set<SimulatedSpore>();
  readonly blockedOnce = new Set<SimulatedSpore>();
  private readonly slowDisks: ReadonlySet<SimulatedSpore>;
  private readonly diskRandom: Random;
  private breach: string | null = null;
  private healedAt = START_MS;
  private caught = 0;
  /** Traffic counts from the first write on: the cards that a start sends round are another matter. */
  private readonly measuredFrom: number;

  constructor(scenario: Scenario, seed: number) {
    this.scenario = scenario;
    this.seed = seed;
    this.measuredFrom = START_MS + (scenario.writes.old ? 0 : scenario.writes.fromS * 1_000);
    this.diskRandom = streamOf(seed, "disk");
    this.faults = new Faults(scenario.link, scenario.spores, streamOf(seed, "links"));
    const checks = createChecks();
    const layout = streamOf(seed, "layout");
    const urls = new Map<string, SimulatedSpore>();
    this.network = new VirtualNetwork({
      time: this.time,
      faults: this.faults,
      sporeAt: (url) => urls.get(url),
      replyOf: (by, kind, reply) => this.hostiles.replyOf(by, kind, reply),
      onThrow: (by, cause) =>
        this.guard(() =>
          this.invariants.holds(false, `${by.name} threw while it answered: ${String(cause)}`),
        ),
      onMessage: (message) =>
        this.guard(() => {
          this.note(`${message.from.setup.index}>${message.to.setup.index} ${message.kind} ${message.bytes}`);
          if (this.time.now >= this.measuredFrom) this.measurement.message(message);
          this.invariants.carried(message);
          this.invariants.callsUnderWay(message.to, this.network.underWay(message.to));
        }),
    });
    const callable = Array.from(
      { length: scenario.spores },
      (_, index) =>
        index < scenario.seeds ||
        // Two spores that nobody can call have no way between them but a third of their operator's that can be called.
        index % scenario.sporesPerOperator === 0 ||
        layout() >= scenario.uncallable,
    );
    const operators = new Map<number, ReturnType<typeof keyPairOfSeed>>();
    this.spores = callable.map((isCallable, index) => {
      const group = Math.floor(index / scenario.sporesPerOperator);
      const operator = operators.get(group) ?? keyPairOfSeed(keySeed("operator", seed, group));
      operators.set(group, operator);
      const setup = {
        index,
        seed,
        operator,
        callable: isCallable,
        intervalMs: scenario.intervalS * 1_000,
        seeds: this.seedsOf(index, callable, layout),
        logCopy: scenario.logCopy,
      };
      const spore = new SimulatedSpore(setup, {
        time: this.time,
        ...checks,
        networkOf: (one) => this.network.of(one),
        commitFate: (one) => this.commitFate(one),
        onStored: (one, entries) =>
          this.guard(() => {
            for (const entry of entries) {
              this.note(`${one.setup.index} stores ${entry.id}`);
              this.invariants.stored(one, entry);
              if (!this.hostiles.has(one)) this.measurement.stored(entry.id, this.time.now);
            }
          }),
        onWarning: (_, message) => {
          if (message.startsWith("equivocation")) this.caught++;
        },
      });
      if (spore.url !== null) urls.set(spore.url, spore);
      return spore;
    });
    const sample = this.sampler("slow disks");
    this.slowDisks = new Set(sample(this.scenario.disk.slowShare));
    this.hostiles = new Hostiles(this);
    this.invariants = new Invariants(this.spores, (spore) => this.hostiles.has(spore));
  }

  async run(): Promise<RunReport> {
    const { scenario, time } = this;
    for (const spore of this.spores) spore.start();
    if (scenario.acquainted) this.acquaint();
    if (scenario.writes.old) await this.writeOld();
    for (const spore of this.spores) {
      const { life } = spore;
      // Not all in one instant: nobody starts a thousand machines together.
      time.schedule(START_MS + (spore.setup.index % 100) * 20, () => {
        if (spore.life === life) spore.node?.start();
      });
    }
    if (!scenario.writes.old) this.planWrites();
    for (const [index, fault] of scenario.faults.entries()) this.plan(fault, index);
    if (scenario.churnPerHour > 0) this.planChurn();
    this.hostiles.start();
    const end = START_MS + scenario.runS * 1_000;
    this.healedAt = Math.ceil(Math.max(this.healedAt, end));
    const broken = () => this.breach !== null;
    await time.runUntil(Math.ceil(this.healedAt), broken);
    const convergedMs = await this.settle();
    return {
      scenario: scenario.name,
      seed: this.seed,
      spores: scenario.spores,
      breach: this.breach,
      traceHash: this.trace.copy().digest("hex"),
      events: time.events,
      virtualMs: time.now - START_MS,
      delivery: this.measurement.delivery(this.honest().length),
      traffic: this.measurement.traffic(),
      allBytes: this.network.traffic.bytes,
      messagesLost: this.network.traffic.lost,
      convergedMs,
      hostileCaught: this.caught,
    };
  }

  honest(): SimulatedSpore[] {
    return this.spores.filter((spore) => !this.hostiles.has(spore));
  }

  /** Draws a share of the spores, at least one unless the share is 0. */
  sampler(name: string): (share: number, from?: readonly SimulatedSpore[]) => SimulatedSpore[] {
    const random = streamOf(this.seed, name);
    return (share, from = this.spores) => {
      const rest = [...from];
      const count = share === 0 ? 0 : Math.max(1, Math.round(share * rest.length));
      const chosen: SimulatedSpore[] = [];
      while (chosen.length < count && rest.length > 0) {
        chosen.push(...rest.splice(Math.floor(random() * rest.length), 1));
      }
      return chosen;
    };
  }

  note(line: string): void {
    this.trace.update(`${this.time.now} ${line}\n`);
  }

  /** Runs a check; the first breach ends the run. */
  guard(check: () => void): void {
    try {
      check();
    } catch (cause) {
      if (!(cause instanceof InvariantBreach)) throw cause;
      this.breach ??= `${cause.message} (at ${this.time.now - START_MS} ms)`;
    }
  }

  private async settle(): Promise<number | null> {
    const { time } = this;
    const last = this.healedAt + this.scenario.settleS * 1_000;
    const broken = () => this.breach !== null;
    while (time.now < last && !broken()) {
      if ((await this.invariants.differences()).length === 0) {
        try {
          await this.invariants.settled();
        } catch (cause) {
          if (!(cause instanceof InvariantBreach)) throw cause;
          this.breach = cause.message;
        }
        return Math.max(0, time.now - this.healedAt);
      }
      await time.runUntil(time.now + LOOK_EVERY_MS, broken);
    }
    const left = await this.invariants.differences();
    this.breach ??= `not converged ${this.scenario.settleS} s after everything healed: ${left.slice(0, 3).join("; ")}`;
    return null;
  }

  private seedsOf(index: number, callable: readonly boolean[], random: Random): string[] {
    const urls = new Set<string>();
    // The first few spores are the seeds of all; they know each other.
    for (let i = 0; i < Math.min(this.scenario.seeds, callable.length); i++) {
      if (i !== index) urls.add(urlOf(i));
    }
    if (random() < 0.5 && index > 0 && callable[index - 1] === true) urls.add(urlOf(index - 1));
    return [...urls];
  }

  /** Hands every card to everybody, as if they had been together for long. */
  private acquaint(): void {
    const cards = this.spores.flatMap((spore) => spore.node?.cards.get(spore.publicKey)?.wire ?? []);
    for (const spore of this.spores) for (const card of cards) spore.node?.admitCard(card);
  }

  private async writeOld(): Promise<void> {
    const { writes } = this.scenario;
    const chosen = this.writers(writes.public, "old writes");
    for (const [index, spore] of chosen.entries()) {
      spore.clockOffsetMs = -OLD_MS;
      void this.write(spore, `memory ${index} of ${spore.name}`, "public", true);
    }
    await this.time.runUntil(START_MS + 1_000);
    for (const spore of chosen) spore.clockOffsetMs = 0;
  }

  private writers(count: number, name: string): SimulatedSpore[] {
    const random = streamOf(this.seed, name);
    const honest = this.honest();
    return Array.from(
      { length: count },
      () => honest[Math.floor(random() * honest.length)] as SimulatedSpore,
    );
  }

  private planWrites(): void {
    const { writes } = this.scenario;
    const plan = (label: Label, count: number) => {
      for (const [index, spore] of this.writers(count, `${label} writes`).entries()) {
        this.time.schedule(START_MS + (writes.fromS + index * writes.everyS) * 1_000, () => {
          void this.write(spore, `${label} memory ${index} of ${spore.name}`, label, label === "public");
        });
      }
    };
    plan("public", writes.public);
    plan("cluster", writes.cluster);
    plan("private", writes.private);
    for (const [index, spore] of this.writers(writes.evidence, "evidence").entries()) {
      const subject = this.spores[(spore.setup.index + 1 + index) % this.spores.length] ?? spore;
      this.time.schedule(START_MS + (writes.fromS + index * writes.everyS) * 1_000, () => {
        void spore.writeEvidence(subject.publicKey, index % 3 > 0);
      });
    }
  }

  private async write(spore: SimulatedSpore, text: string, label: Label, follow: boolean): Promise<void> {
    const startedAt = this.time.now;
    const id = await spore.write(text, label);
    if (id === null) return;
    if (follow) this.follow(id, startedAt, spore);
    this.guard(() => this.invariants.acknowledge(id, spore, label));
  }

  private follow(id: EntryId, at: number, author: SimulatedSpore): void {
    this.measurement.follow(id, at);
    // The author stored it before its write was acknowledged.
    if (author.disk.has(id)) this.measurement.stored(id, this.time.now);
  }

  commitFate(spore: SimulatedSpore): CommitFate {
    const { latencyMs, slowMs } = this.scenario.disk;
    const afterMs = between(this.slowDisks.has(spore) ? slowMs : latencyMs, this.diskRandom);
    if (!this.fullDisks.has(spore)) return { afterMs, is: "durable" };
    return { afterMs, is: this.diskRandom() < UNKNOWN_ENDS ? "unknown" : "refused" };
  }

  private plan(fault: Fault, index: number): void {
    const { time } = this;
    const at = START_MS + fault.atS * 1_000;
    const until = at + fault.forS * 1_000;
    this.healedAt = Math.max(this.healedAt, until);
    const chosen = new Set(this.sampler(`fault ${index}`)(fault.share));
    if (fault.do === "block") {
      planBlock(this, fault, index, chosen);
      return;
    }
    time.schedule(at, () => {
      this.note(`${fault.do} of ${chosen.size}`);
      if (fault.do === "partition") {
        const mend = this.faults.cut((from, to) =>
          fault.oneWay ? !chosen.has(from) && chosen.has(to) : chosen.has(from) !== chosen.has(to),
        );
        time.schedule(until, mend);
      } else if (fault.do === "crash") {
        for (const spore of chosen) this.crash(spore, fault.forS * 1_000, fault.wipe);
      } else if (fault.do === "clock") {
        for (const spore of chosen) spore.clockOffsetMs += fault.byS * 1_000;
        time.schedule(until, () => {
          for (const spore of chosen) spore.clockOffsetMs -= fault.byS * 1_000;
        });
      } else {
        for (const spore of chosen) this.fullDisks.add(spore);
        time.schedule(until, () => {
          for (const spore of chosen) this.fullDisks.delete(spore);
        });
      }
    });
  }

  private crash(spore: SimulatedSpore, downMs: number, wiped: boolean): void {
    if (!spore.isUp) return;
    // What only those hold who have blocked its author would be lost to everybody: nobody's fault but the disk's.
    const wipe = wiped && !this.blockedOnce.has(spore);
    this.note(`${spore.setup.index} crashes${wipe ? " and loses its disk" : ""}`);
    spore.crash();
    if (wipe) {
      this.invariants.wiped(spore);
      spore.wipe();
    }
    this.time.schedule(this.time.now + downMs, () => {
      spore.start();
      this.guard(() => this.invariants.restarted(spore));
      spore.node?.start();
    });
    this.healedAt = Math.max(this.healedAt, Math.ceil(this.time.now + downMs));
  }

  /** A Poisson process: each spore is ended and started again `churnPerHour` times an hour on average. */
  private planChurn(): void {
    const random = streamOf(this.seed, "churn");
    const rate = (this.scenario.churnPerHour * this.scenario.spores) / 3_600_000;
    const end = START_MS + this.scenario.runS * 1_000;
    for (let at = START_MS; ; ) {
      at += -Math.log(1 - random()) / rate;
      if (at > end) return;
      const index = Math.floor(random() * this.spores.length);
      const downMs = 5_000 + random() * 25_000;
      this.healedAt = Math.max(this.healedAt, Math.ceil(at + downMs));
      this.time.schedule(at, () => {
        const spore = this.spores[index];
        if (spore !== undefined) this.crash(spore, downMs, false);
      });
    }
  }
}

function keySeed(name: string, seed: number, index: number): string {
  return createHash("sha256").update(`${name} ${seed} ${index}`).digest("hex");
}

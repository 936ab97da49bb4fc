/** Commanders who block an honest spore, for a while or for good: they take nothing of it, and hide what they hold. */
import type { Fault } from "./scenario.ts";
import type { SimulatedSpore } from "./simulated-spore.ts";
import type { Simulator } from "./simulator.ts";
import { START_MS } from "./virtual-time.ts";

/** The first seed blocks nobody, so that there is always a way round those who do. */
export function planBlock(
  simulator: Simulator,
  fault: Fault & { do: "block" },
  index: number,
  chosen: ReadonlySet<SimulatedSpore>,
): void {
  const { time, scenario } = simulator;
  const candidates = simulator.honest().filter(({ setup }) => setup.index >= scenario.seeds);
  const [author] = simulator.sampler(`blocked ${index}`)(Number.MIN_VALUE, candidates);
  if (author === undefined) return;
  simulator.blockedOnce.add(author);
  const blockers = [...chosen].filter(
    ({ setup, certificate }) => setup.index > 0 && certificate.operator !== author.certificate.operator,
  );
  time.schedule(START_MS + fault.atS * 1_000, () => {
    simulator.note(`${blockers.length} block ${author.setup.index}`);
    for (const spore of blockers) spore.block(author.publicKey);
  });
  if (fault.stays) return;
  time.schedule(START_MS + (fault.atS + fault.forS) * 1_000, () => {
    for (const spore of blockers) void spore.pardon(author.publicKey);
  });
}

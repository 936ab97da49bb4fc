/**
 * Loaded before the benchmarks (`bun --preload`), it breaks every simulated world: thirty seconds into a run all disks forget
 * what they hold. So what the fuzz mode does with a breach is seen without a fault in the product.
 */
import { Simulator } from "../simulation/simulator.ts";
import { START_MS } from "../simulation/virtual-time.ts";

const FORGET_AT_MS = START_MS + 30_000;
const { run } = Simulator.prototype;

Simulator.prototype.run = function forgetful(this: Simulator) {
  this.time.schedule(FORGET_AT_MS, () => {
    for (const spore of this.spores) {
      if (!spore.isUp) continue;
      spore.crash();
      spore.wipe();
      spore.start();
      this.guard(() => this.invariants.restarted(spore));
    }
  });
  return run.call(this);
};

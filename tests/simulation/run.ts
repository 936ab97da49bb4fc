import { scenarioOf } from "./scenario.ts";
import { simulate } from "./simulator.ts";

const [name = "calm", n, seed = "1"] = process.argv.slice(2);
const s = scenarioOf(name, n ? { spores: Number(n) } : {});
const c0 = process.cpuUsage();
const t = performance.now();
const r = await simulate(s, Number(seed));
const c = process.cpuUsage(c0);
console.log(
  JSON.stringify(r, null, 1),
  "cpu s",
  (c.user + c.system) / 1e6,
  "wall",
  (performance.now() - t) / 1000,
  "rss",
  process.memoryUsage().rss / 1e6,
);

/** What the pages for operators show is what a spore shows: its routes, and the metrics of the dashboard. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { ROOT } from "../support/source-tree.ts";
import { type SporeProcess, startSpore } from "../support/spore-process.ts";
import { API_PAGE, apiReference, type OpenApi } from "./api-reference.ts";

const dataDir = mkdtempSync(join(tmpdir(), "synapse-operations-"));
let spore: SporeProcess;
beforeAll(async () => {
  spore = await startSpore({ dataDir, env: { LOG_FORMAT: "json", LOG_LEVEL: "debug" } });
});
afterAll(async () => {
  await spore.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test("docs/api.md is generated from the routes as they are (bun run check --fix writes it)", async () => {
  const document = (await (await fetch(`${spore.url}/openapi.json`)).json()) as OpenApi;
  expect(Object.keys(document.paths).length).toBeGreaterThan(20);
  expect(readFileSync(API_PAGE, "utf8")).toBe(apiReference(document));
});

test("nothing but the log is printed while the description is drawn", async () => {
  await (await fetch(`${spore.url}/openapi.json`)).text();
  const lines = spore.output().trim().split("\n");
  expect(lines.length).toBeGreaterThan(0);
  // With LOG_FORMAT=json every line of the log is an object; a warning of a library is not.
  for (const line of lines) expect(() => JSON.parse(line), line).not.toThrow();
});

test("the Grafana dashboard asks only for metrics that a spore has, with labels it has", async () => {
  const dashboard = z
    .looseObject({
      __inputs: z.array(
        z.looseObject({ name: z.literal("DS_PROMETHEUS"), pluginId: z.literal("prometheus") }),
      ),
      schemaVersion: z.int(),
      panels: z.array(
        z.looseObject({
          id: z.int(),
          title: z.string(),
          gridPos: z.strictObject({ h: z.int(), w: z.int(), x: z.int(), y: z.int() }),
          targets: z.array(z.looseObject({ expr: z.string(), refId: z.string() })).min(1),
        }),
      ),
    })
    .parse(JSON.parse(readFileSync(join(ROOT, "deploy/grafana.json"), "utf8")));
  const metrics = await (await fetch(`${spore.url}/metrics`)).text();
  const known = new Set([...metrics.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));
  const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  const asked = new Set(expressions.flatMap((expr) => expr.match(/synapse_\w+/g) ?? []));
  expect(asked.size).toBeGreaterThan(10);
  expect([...asked].filter((name) => !known.has(name))).toEqual([]);
  for (const label of new Set(
    expressions.flatMap((expr) => [...expr.matchAll(/by \((\w+)\)/g)].map(([, one]) => one)),
  )) {
    expect(label === "provider" || metrics.includes(`{${label}=`)).toBe(true);
  }
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
});

test("Prometheus scrapes what a local swarm serves", () => {
  const { scrape_configs } = Bun.YAML.parse(readFileSync(join(ROOT, "deploy/prometheus.yaml"), "utf8")) as {
    scrape_configs: { metrics_path: string; static_configs: { targets: string[] }[] }[];
  };
  expect(scrape_configs[0]?.metrics_path).toBe("/metrics");
  expect(scrape_configs[0]?.static_configs[0]?.targets[0]).toBe("127.0.0.1:7860");
});

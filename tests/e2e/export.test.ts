/**
 * Every panel of every page can be taken away as CSV and JSON, and both hold what the spores said: the test goes over all
 * pages, downloads whatever is offered, and compares it with the replies that the page itself was given. A panel without
 * an export, and an export that this test does not know, both fail. Texts that a spreadsheet would run are made inert.
 */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Locator, Page } from "playwright";
import { EXPORTS, type Expected, type Said } from "./support/exports.ts";
import { idOf, keyOf, node, OTHERS, plainTask, SEAL_TASK, summaryOf, tasks } from "./support/fixtures.ts";
import { federation, wall } from "./support/policy-fixtures.ts";
import { json } from "./support/replies.ts";
import { ready, until, World } from "./support/world.ts";

// A hundred files, on busy machines; the limit only ends what hangs.
setDefaultTimeout(240_000);

const world = new World();
afterAll(() => world.end());

/** Each would be run by some spreadsheet. */
const HOSTILE = {
  task: '=HYPERLINK("http://evil.example","seal"), "quoted"\nand a second line',
  memory: "+SUM(A1:A9)",
  reason: "@SUM(1+1)",
  refusal: "-2+3+cmd|' /C calc'!A0",
  spore: "\t=1+1",
} as const;
const task = plainTask(HOSTILE.task, 2);
const known = [...tasks(), task];
const ADDRESSES = [
  "/",
  `/library?task=${task.task_id}`,
  `/library?task=${idOf(SEAL_TASK)}&with=${task.task_id}`,
  `/library?view=memory&entry=${idOf("dream")}`,
  "/sentinel",
  "/globe",
  "/analytics",
  "/quantum",
  `/network?node=${keyOf("lantern")}`,
] as const;
/** What Chromium takes of one page load before it waits for a person's consent. */
const DOWNLOADS_MAX = 10;
/** Drawings whose rows another panel of the same page holds. */
const TWINS: Readonly<Record<string, string>> = { Globe: "Places" };

function swarm() {
  const stranger = node(
    { name: HOSTILE.spore, role: "brain", operator: OTHERS, model: "m" },
    { state: "live" },
  );
  const edges = [
    { from: keyOf("harbour"), to: keyOf("lantern"), kind: "gossip" },
    { from: keyOf("lantern"), to: keyOf("harbour"), kind: "trust" },
  ] as never;
  const memory = {
    total_memories: 1,
    ...{ private: 0, cluster: 1, public: 0, clock: {}, root: "0", roots: { public: "0" } },
    recent: [
      {
        ...{ id: idOf("seal"), content: HOSTILE.memory, author: keyOf("harbour"), spore: "harbour" },
        ...{ kind: "memory", label: "cluster", created_at: new Date().toISOString() },
      },
    ],
  };
  const decision = { at: new Date().toISOString(), action: "blocked", kind: null, reason: HOSTILE.reason };
  const refusal = { by: "us", peer: "https://far.example", code: "dna", message: HOSTILE.refusal };
  const options = { complete: true, tasks: known, nodes: [stranger], edges };
  return [
    world.spore({
      ...options,
      overrides: {
        "/api/memory": () => json(memory),
        "/api/wall": () => json({ ...wall(), recent_audit: [decision] }),
        "/api/federation/status": () =>
          json({ ...federation(), refusals: [{ ...refusal, at: new Date().toISOString(), times: 1 }] }),
      },
    }),
    world.spore(options),
  ];
}

/** Every reply the page was given, by path with its query. */
function listen(page: Page): Said {
  const bodies = new Map<string, unknown[]>();
  page.on("response", (response) => {
    const url = new URL(response.url());
    if (!url.pathname.startsWith("/api/") || url.pathname === "/api/events") return;
    void response
      .json()
      .then((body) =>
        bodies.set(url.pathname + url.search, [...(bodies.get(url.pathname + url.search) ?? []), body]),
      )
      .catch(() => undefined); // Left while it was being read.
  });
  return (wanted) => {
    const start = wanted.replace(/\*$/, "");
    const fits = (path: string) =>
      start === wanted ? path === start || path.startsWith(`${start}?`) : path.startsWith(start);
    return [...bodies].filter(([path]) => fits(path)).flatMap(([, all]) => all);
  };
}

async function save(page: Page, label: string): Promise<{ readonly name: string; readonly text: string }> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: label, exact: true }).first().click(),
  ]);
  return { name: file.suggestedFilename(), text: readFileSync(await file.path(), "utf8") };
}

/** RFC 4180, strictly: a quote where none may be is an error. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex;
    const match = cell.exec(text);
    if (match === null) throw new Error(`no CSV at ${at}: ${text.slice(at, at + 40)}`);
    row.push((match[1]?.replaceAll('""', '"') ?? match[2]) as string);
    if (match[3] === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

const ACTIVE = /^[=+\-@\t\r\n]/;
/** As a cell may hold it. */
const inert = (value: unknown): string => {
  if (value === null || value === undefined) return "";
  return typeof value === "string" && ACTIVE.test(value) ? `'${value}` : String(value);
};
const sorted = (values: readonly string[]) => [...values].sort();

/** A file beside what it should hold. */
interface Taken {
  readonly where: string;
  readonly csv: string;
  readonly json: unknown;
  readonly candidates: readonly Expected[];
}

/** @returns the first characters of the texts that were made inert. */
function check({ where, csv, json: parsed, candidates }: Taken): readonly string[] {
  const [head = [], ...rows] = parseCsv(csv);
  const widths = [...new Set(rows.map((row) => row.length))];
  expect({ where, widths }).toEqual({ where, widths: [head.length] });
  const cells = rows.flat();
  const running = cells.filter((cell) => ACTIVE.test(cell) && !Number.isFinite(Number(cell)));
  expect({ where, running }).toEqual({ where, running: [] });
  // A panel is read again and again: any of the replies may be the one that was taken away.
  const agreeing = candidates.filter(({ body }) => Bun.deepEquals(body, parsed));
  if (agreeing.length === 0)
    expect({ where, holds: parsed }).toEqual({ where, holds: candidates.at(-1)?.body as never });
  const compared = agreeing.map(({ columns }) =>
    Object.entries(columns).map(([column, values]) => ({
      column,
      said: sorted(values.map(inert)),
      written: sorted(rows.map((row) => row[head.indexOf(column)] ?? `no column ${column}`)),
    })),
  );
  if (!compared.some((columns) => columns.every(({ said, written }) => Bun.deepEquals(said, written)))) {
    for (const { column, said, written } of compared[0] ?? [])
      expect({ where, column, cells: written }).toEqual({ where, column, cells: said });
  }
  return cells
    .filter((cell) => cell.startsWith("'") && ACTIVE.test(cell.slice(1)))
    .map((cell) => cell.slice(1, 2));
}

const enabled = (place: Page | Locator, name: RegExp) =>
  place.getByRole("button", { name }).and(place.locator(":enabled"));

/** Waits until every panel of the page offers both, or its twin beside it does. */
async function everyPanelOffers(page: Page, address: string): Promise<void> {
  const panels = page.locator("main section:has(> header h2)");
  for (const panel of await panels.all()) {
    const title = (await panel.locator("h2").first().textContent()) ?? "";
    if (TWINS[title] !== undefined) {
      expect(await page.getByRole("region", { name: TWINS[title], exact: true }).count()).toBe(1);
      continue;
    }
    for (const kind of ["CSV", "JSON"]) {
      const offered = enabled(panel, new RegExp(`^${kind}: `));
      await until(`${kind} of “${title}” at ${address}`, async () => (await offered.count()) > 0);
    }
  }
}

/** Downloads what the page offers. */
async function* takeAll(page: Page, said: Said, address: string) {
  const labels = await enabled(page, /^CSV: /).evaluateAll((buttons) =>
    buttons.map((button) => button.getAttribute("aria-label") ?? ""),
  );
  for (const [index, label] of [...new Set(labels)].entries()) {
    if (index > 0 && (index * 2) % DOWNLOADS_MAX === 0) await page.reload();
    const name = label.slice("CSV: ".length);
    const where = `${name} at ${address}`;
    const expected = EXPORTS.find(({ match }) => match.test(name));
    if (expected === undefined) throw new Error(`${where}: this test does not know what it should hold`);
    const csv = await save(page, label);
    const told = await save(page, `JSON: ${name}`);
    expect([csv.name, told.name]).toEqual([`${name}.csv`, `${name}.json`]);
    const parsed: unknown = JSON.parse(told.text);
    const taken: Taken = {
      where,
      csv: csv.text,
      json: expected.pick === undefined ? parsed : expected.pick(parsed),
      candidates: expected.said(said, name),
    };
    yield { known: String(expected.match), taken };
  }
}

/** Somebody is blocked, so that the list has something to take away. */
async function block(url: string): Promise<void> {
  const reply = await fetch(`${url}/api/blocklist`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ keys: [{ key: keyOf("nobody"), note: HOSTILE.refusal }] }),
  });
  expect(reply.status).toBe(200);
}

describe.skipIf(!ready)("taking data away", () => {
  test("every panel of every page, as CSV and JSON, holds what the spores said and nothing that runs", async () => {
    const spores = swarm();
    const site = world.site(spores);
    await block(spores[0]?.url ?? "");
    const { page } = await world.open("about:blank", { acceptDownloads: true });
    const said = listen(page);
    const met = new Set<string>();
    const neutralised = new Set<string>();
    for (const address of ADDRESSES) {
      await page.goto(`${site.url}${address}`);
      await page.getByText("Live", { exact: true }).waitFor();
      if (address === "/") {
        await until("the streams", () => spores.every((spore) => spore.openStreams === 1));
        spores[0]?.emit({ type: "answer", data: summaryOf(task) });
        await enabled(page, /^CSV: changes$/).waitFor();
      }
      const reading = page.getByText(/^Reading /);
      await until(`all of ${address} to be read`, async () => (await reading.count()) === 0);
      await everyPanelOffers(page, address);
      for await (const { known: kind, taken } of takeAll(page, said, address)) {
        met.add(kind);
        for (const sign of check(taken)) neutralised.add(sign);
      }
    }
    expect([...met].sort()).toEqual(EXPORTS.map(({ match }) => String(match)).sort());
    expect([...neutralised].sort()).toEqual(["\t", "+", "-", "=", "@"]);
  });
});

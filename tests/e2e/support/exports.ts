/**
 * What each export of the page must hold, from the replies the page was given: the JSON in full, and the columns of the
 * CSV by which its rows are known.
 */

type Told = Readonly<Record<string, unknown>>;
/** All bodies that were answered on a path, whatever its query; on all paths below one that ends with a star. */
export type Said = (path: string) => readonly unknown[];

export interface Expected {
  readonly body: unknown;
  /** By heading; in any order. */
  readonly columns: Readonly<Record<string, readonly unknown[]>>;
}

interface Export {
  /** The file's name without its ending. */
  readonly match: RegExp;
  /** What of the JSON is compared; all of it where left out. */
  readonly pick?: (parsed: unknown) => unknown;
  readonly said: (said: Said, name: string) => readonly Expected[];
}

const rowsOf = (told: unknown, member: string) => (told as Record<string, readonly Told[]>)[member] ?? [];
const column = (rows: readonly Told[], member: string) => rows.map((row) => row[member] ?? null);

/** Told on one path; the JSON is the whole reply. */
function whole(match: RegExp, path: string, columns: (told: Told) => Expected["columns"]): Export {
  return { match, said: (said) => said(path).map((body) => ({ body, columns: columns(body as Told) })) };
}

/** Told on one path; the JSON is its rows. */
function part(
  match: RegExp,
  path: string,
  rows: (told: Told) => readonly Told[],
  columns: (rows: readonly Told[]) => Expected["columns"],
): Export {
  return {
    match,
    said: (said) =>
      said(path).map((told) => {
        const body = rows(told as Told);
        return { body, columns: columns(body) };
      }),
  };
}

/** Any state, member by member. */
function members(match: RegExp, path: string): Export {
  return whole(match, path, (told) => {
    const rows = flat(told);
    return { member: rows.map(([member]) => member), value: rows.map(([, value]) => value) };
  });
}

function flat(value: unknown, member = ""): readonly (readonly [string, unknown])[] {
  if (typeof value !== "object" || value === null) return [[member, value]];
  return Object.entries(value).flatMap(([name, inner]) =>
    flat(inner, member === "" ? name : `${member}.${name}`),
  );
}

/** A task or an entry by the beginning of its id, which the file's name ends with. */
const named = (told: readonly unknown[], name: string, member: string) =>
  (told as readonly Told[]).filter((one) =>
    String(one[member]).startsWith(name.slice(name.indexOf("-") + 1)),
  );

/** A drawing: its points in order, times as they are written. */
function drawing(
  match: RegExp,
  points: (said: Said, name: string) => readonly (readonly Point[])[],
  x: string,
): Export {
  return {
    match,
    pick: (parsed) => (parsed as readonly { readonly values: unknown }[]).map(({ values }) => values),
    said: (said, name) =>
      points(said, name).map((body) => ({ body, columns: { [x]: body.map(([at]) => at) } })),
  };
}
type Point = readonly [at: unknown, value: unknown];

const curveOf = (member: string) => (said: Said) =>
  said("/api/quantum").map((told) =>
    rowsOf(rowsOf(told, "tasks")[0], "curve").map((point): Point => [point.cycle, point[member]]),
  );

const fileName = (title: string) =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");

/** Kept series, by their title; of a counter, which is drawn as a rate, the times alone are compared. */
function series(said: Said, name: string): readonly (readonly Point[])[] {
  const told = said("/api/history") as readonly Told[];
  const info = told
    .flatMap((one) => rowsOf(one, "metrics"))
    .find(({ title }) => fileName(String(title).replace(/,? since the start$/, ", per minute")) === name);
  return told
    .filter(({ metric }) => info !== undefined && metric === info.metric)
    .map(({ points }) =>
      (points as readonly [number, unknown][]).map(([at, value]) => [new Date(at).toISOString(), value]),
    );
}

const COUNTER = /-per-minute$/;

/** Own cards and what others told: every spore with its key, name and role. */
function spores(said: Said): readonly Told[] {
  const nodes = said("/api/swarm").flatMap((told) => rowsOf(told, "nodes"));
  return [...new Map(nodes.map((node) => [node.id, node])).values()];
}
const identity = (parsed: unknown) =>
  (parsed as readonly Told[])
    .map(({ key, name, role, model, version, dna }) => ({ key, name, role, model, version, dna }))
    .sort((a, b) => (String(a.key) < String(b.key) ? -1 : 1));
const asIdentity = (nodes: readonly Told[]) =>
  identity(nodes.map(({ id, ...rest }) => ({ ...rest, key: id })));

function ofSpores(
  match: RegExp,
  columns: Readonly<Record<string, string>>,
  only?: (said: Said) => readonly Told[],
): Export {
  return {
    match,
    pick: identity,
    said: (said) => {
      const nodes = (only ?? spores)(said);
      const wanted = Object.entries(columns).map(([name, member]) => [name, column(nodes, member)]);
      return [{ body: asIdentity(nodes), columns: Object.fromEntries(wanted) }];
    },
  };
}

const newestFirst = (tasks: readonly Told[]) =>
  [...tasks].sort((a, b) => (String(a.created_at) < String(b.created_at) ? 1 : -1));

/** What a test emitted is on the page too; nothing else is. */
export const EXPORTS: readonly Export[] = [
  part(
    /^tasks$/,
    "/api/tasks",
    (told) => newestFirst(rowsOf(told, "tasks")),
    (rows) => ({
      task: column(rows, "task_id"),
      question: column(rows, "description"),
      answer: column(rows, "final_answer"),
      agreement: column(rows, "agreement"),
    }),
  ),
  {
    match: /^task-/,
    said: (said, name) =>
      named(said("/api/task/*"), name, "task_id").map((body) => ({
        body,
        columns: {
          contribution: column(rowsOf(body, "deltas"), "id"),
          said: column(rowsOf(body, "deltas"), "hypothesis"),
          confidence: column(rowsOf(body, "deltas"), "confidence"),
        },
      })),
  },
  {
    match: /^comparison$/,
    pick: (parsed) => newestFirst(parsed as readonly Told[]),
    said: (said) => {
      const tasks = [
        ...new Map((said("/api/task/*") as readonly Told[]).map((one) => [one.task_id, one])).values(),
      ];
      // The two newest words on it: this page, and no other of the test, shows two tasks.
      const body = newestFirst(tasks.slice(-2));
      return [
        { body, columns: { question: column(body, "description"), answer: column(body, "final_answer") } },
      ];
    },
  },
  part(
    /^memories$/,
    "/api/memory",
    (told) => rowsOf(told, "recent"),
    (rows) => ({
      id: column(rows, "id"),
      content: column(rows, "content"),
      written: column(rows, "created_at"),
    }),
  ),
  {
    match: /^entry-/,
    said: (said, name) =>
      named(said("/api/memory/*"), name, "id").map((body) => ({
        body,
        columns: {
          id: [body.id, ...column(rowsOf(body, "parents"), "id"), ...column(rowsOf(body, "children"), "id")],
        },
      })),
  },
  {
    match: /^changes$/,
    pick: (parsed) => (parsed as readonly Told[]).map(({ task }) => task),
    said: (said) => {
      const [first] = newestFirst(
        (said("/api/tasks") as readonly Told[])
          .flatMap((told) => rowsOf(told, "tasks"))
          .filter(({ description }) => String(description).startsWith("=")),
      );
      return [{ body: [first?.task_id], columns: { task: [first?.task_id], event: ["answer"] } }];
    },
  },
  whole(/^proposals$/, "/api/proposals", (told) => ({
    setting: column(rowsOf(told, "proposals"), "setting"),
  })),
  whole(/^signals$/, "/api/sentinel/status", (told) => ({
    Signal: column(rowsOf(told, "signals"), "signal"),
    Now: column(rowsOf(told, "signals"), "value"),
  })),
  whole(/^deployments$/, "/api/sentinel/deployments", (told) => ({
    Setting: column(rowsOf(told, "deployments"), "setting"),
    After: column(rowsOf(told, "deployments"), "after"),
  })),
  whole(/^blocklist$/, "/api/blocklist", (told) => ({
    Key: [...column(rowsOf(told, "operators"), "key"), ...column(rowsOf(told, "keys"), "key")],
    Note: [...column(rowsOf(told, "operators"), "note"), ...column(rowsOf(told, "keys"), "note")],
  })),
  whole(/^settings$/, "/api/settings", (told) => ({
    Setting: column(rowsOf(told, "settings"), "key"),
    Value: column(rowsOf(told, "settings"), "value"),
  })),
  members(/^cortex$/, "/api/cortex"),
  members(/^spontaneous-cognition$/, "/api/cognition"),
  {
    match: /^federation$/,
    said: (said) =>
      said("/api/federation/status").map((body) => {
        const known = spores(said);
        const met = new Set(known.map(({ operator }) => operator));
        const seeds = rowsOf((body as Told).bootstrap, "seeds").filter(({ operator }) => !met.has(operator));
        const names = [
          ...column(known, "name"),
          ...seeds.map(({ url }) => String(url).replace("https://", "")),
        ];
        return { body, columns: { Who: names } };
      }),
  },
  whole(/^wall$/, "/api/wall", (told) => ({
    When: column(rowsOf(told, "recent_audit"), "at"),
    Why: column(rowsOf(told, "recent_audit"), "reason"),
  })),
  whole(/^providers$/, "/api/providers", (told) => ({
    Provider: column(rowsOf(told, "providers"), "name"),
    Calls: column(rowsOf(told, "providers"), "calls"),
  })),
  whole(/^trust$/, "/api/trust", (told) => ({
    Spore: column(rowsOf(told, "peers"), "name"),
    Weight: column(rowsOf(told, "peers"), "weight"),
  })),
  whole(/^convergence$/, "/api/convergence", (told) => ({
    "Open task": column(rowsOf(told, "tasks"), "description"),
    Agree: column(rowsOf(told, "tasks"), "agreement"),
  })),
  part(
    /^mechanisms$/,
    "/api/quantum",
    (told) => rowsOf(told, "mechanisms"),
    (rows) => {
      const effects = rows.map(({ effect }) => (effect ?? {}) as Told);
      return {
        mechanism: column(rows, "name"),
        effect: column(effects, "value"),
        "from (95 %)": column(effects, "low"),
        "to (95 %)": column(effects, "high"),
        "why no effect": column(rows, "effect_missing"),
      };
    },
  ),
  part(
    /^entangled$/,
    "/api/quantum",
    (told) => rowsOf(told.entanglement, "pairs"),
    (rows) => ({
      Spore: column(rows, "a_name"),
      "Wrong together": column(rows, "errors"),
    }),
  ),
  {
    match: /^course$/,
    said: (said) =>
      said("/api/quantum").map((told) => {
        const [body] = rowsOf(told, "tasks");
        return { body, columns: { temperature: column(rowsOf(body, "curve"), "temperature") } };
      }),
  },
  drawing(/^annealing-by-cycle$/, curveOf("temperature"), "Cycle"),
  drawing(/^tunnelling-by-cycle$/, curveOf("tunnel_probability"), "Cycle"),
  drawing(/^superposition-by-cycle$/, curveOf("posterior"), "Cycle"),
  drawing(
    /^agreement-by-cycle$/,
    (said) =>
      said("/api/task/*").map((told) =>
        rowsOf(told, "agreement_history").map(({ cycle, agreement }): Point => [cycle, agreement]),
      ),
    "Cycle",
  ),
  ofSpores(/^spores$/, { Spore: "name", Role: "role", Model: "model", Version: "version" }),
  ofSpores(/^places$/, { Spore: "name" }),
  ofSpores(/^spore$/, { Spore: "name", Role: "role" }, (said) =>
    spores(said).filter(({ name }) => name === "lantern"),
  ),
  {
    match: /^links$/,
    said: (said) =>
      said("/api/swarm").map((told) => {
        const body = rowsOf(told, "edges");
        return { body, columns: { "from key": column(body, "from"), kind: column(body, "kind") } };
      }),
  },
  {
    match: /^memory-by-spore$/,
    pick: (parsed) => (parsed as readonly Told[]).map(({ spore: _, ...told }) => told).sort(bySize),
    said: (said) => {
      const told = said("/api/memory") as readonly Told[];
      const body = [...new Map(told.map((one) => [one.total_memories, one])).values()].sort(bySize);
      return [{ body, columns: { Cluster: column(body, "cluster"), Public: column(body, "public") } }];
    },
  },
  {
    ...drawing(COUNTER, series, "Time"),
    pick: (parsed) => (parsed as readonly { readonly values: Point }[]).map(({ values }) => values[0]),
    said: (said, name) =>
      series(said, name).map((points) => {
        const body = points.map(([at]) => at);
        return { body, columns: { Time: body } };
      }),
  },
  drawing(/./, series, "Time"),
];

function bySize(a: Told, b: Told): number {
  return Number(a.total_memories) - Number(b.total_memories);
}

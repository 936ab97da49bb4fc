/**
 * What `doctor` says about models: which keys there are, which servers answer, what a running spore knows of quotas and
 * until when, and how to mend it. Keys are asked about only with `--check-keys`, and never shown.
 */
import { existsSync, statSync } from "node:fs";
import { partStateSchema, providersSchema } from "@synapse/shared/contract/status.ts";
import { LOCAL_SERVERS, PROVIDERS, type Provider } from "@synapse/shared/providers.ts";
import { callSpore, type SporeAccess } from "../client/spore-client.ts";
import { checkKey } from "../provider-key.ts";
import type { Environment, Settings } from "../settings.ts";
import type { Check } from "./doctor.ts";

const AREA = "Models";
/** A server of one's own answers at once, or is busy loading a model. */
const SERVER_TIMEOUT_MS = 3_000;

export async function modelChecks(
  settings: Settings,
  environment: Environment,
  checkKeys: boolean,
): Promise<Check[]> {
  const { sporeVariables } = settings;
  const given = (PROVIDERS as readonly Provider[]).filter(
    ({ variable }) => sporeVariables[variable] !== undefined,
  );
  const keys = await Promise.all(
    given.map((provider) => keyCheck(provider, settings, environment, checkKeys)),
  );
  const endpoint = sporeVariables.LLM_ENDPOINT;
  const servers = endpoint === undefined ? [] : [await endpointCheck(endpoint, sporeVariables.LLM_MODEL)];
  const usable = given.filter(({ retired }) => retired === undefined);
  // Spores look for local servers only where nothing else is configured; so does this.
  const found = usable.length === 0 && endpoint === undefined ? await localChecks() : [];
  const hint: Check[] =
    usable.length > 0 && !checkKeys
      ? [{ area: AREA, state: "info", text: "whether keys are accepted: bun run doctor --check-keys" }]
      : [];
  return [...keys, ...servers, ...found, ...hint, cortexCheck(settings, environment)];
}

async function keyCheck(
  provider: Provider,
  { sporeVariables }: Settings,
  environment: Environment,
  ask: boolean,
): Promise<Check> {
  const { name, variable, baseUrlVariable, retired, keyPage } = provider;
  const own = sporeVariables[baseUrlVariable] ?? environment[baseUrlVariable];
  const where = own === undefined ? "" : `, through ${own}`;
  if (retired !== undefined)
    return { area: AREA, state: "info", text: `${name}: ${variable} is set; ${retired}` };
  const set: Check = { area: AREA, state: "ok", text: `${name}: ${variable} is set${where}` };
  if (!ask) return set;
  const baseUrl = own?.replace(/\/+$/, "") ?? provider.baseUrl;
  const verdict = await checkKey({ ...provider, baseUrl }, sporeVariables[variable] ?? "");
  switch (verdict.kind) {
    case "accepted":
      return { ...set, text: `${name}: ${variable} is accepted${where}` };
    case "refused":
      return {
        area: AREA,
        state: "bad",
        text: `${name} refuses ${variable} (HTTP ${verdict.status})${where}: get another at ${keyPage}, or remove it`,
      };
    case "unknown":
      return {
        area: AREA,
        state: "info",
        text: `${name} cannot be asked now${where}; ${variable} stays unchecked`,
      };
  }
}

async function endpointCheck(endpoint: string, model: string | undefined): Promise<Check> {
  const models = await modelsAt(endpoint);
  if (models === null) {
    return {
      area: AREA,
      state: "bad",
      text: `LLM_ENDPOINT ${endpoint} does not answer: start that server, or correct the address (with its /v1)`,
    };
  }
  if (model !== undefined && models.length > 0 && !models.includes(model)) {
    const some = models.slice(0, 5).join(", ");
    return {
      area: AREA,
      state: "bad",
      text: `LLM_ENDPOINT ${endpoint} has no model ${model}: LLM_MODEL may be ${some}`,
    };
  }
  return { area: AREA, state: "ok", text: `LLM_ENDPOINT ${endpoint}: ${model ?? models[0] ?? "answers"}` };
}

async function localChecks(): Promise<Check[]> {
  const looks = LOCAL_SERVERS.map(async ({ name, baseUrl }) => ({
    name,
    baseUrl,
    models: await modelsAt(baseUrl),
  }));
  const found = (await Promise.all(looks)).filter(({ models }) => (models?.length ?? 0) > 0);
  if (found.length > 0) {
    return found.map(({ name, baseUrl, models }) => ({
      area: AREA,
      state: "ok",
      text: `${name} on ${baseUrl}: ${models?.slice(0, 5).join(", ")}`,
    }));
  }
  const names = LOCAL_SERVERS.map(({ name }) => name).join(", ");
  return [
    {
      area: AREA,
      state: "info",
      text: `no key, no LLM_ENDPOINT, and none of ${names} runs here: spores reason from memory alone (docs/providers.md)`,
    },
  ];
}

/** Ids a server lists, or null where it does not answer like a model server. A key is not sent: it is not asked for. */
async function modelsAt(baseUrl: string): Promise<readonly string[] | null> {
  const base = baseUrl.replace(/\/+$/, "").replace(/\/chat\/completions$/, "");
  const url = URL.parse(/\/\/[^/]+$/.test(base) ? `${base}/v1/models` : `${base}/models`);
  if (url === null) return null;
  try {
    const reply = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(SERVER_TIMEOUT_MS) });
    // It answers, and wants a key: that is for spores to have.
    if (reply.status === 401 || reply.status === 403) return [];
    const list = (await reply.json()) as { data?: readonly { id?: unknown }[] };
    return (list.data ?? []).flatMap(({ id }) => (typeof id === "string" ? [id] : []));
  } catch {
    // Nobody there, or something that is no model server.
    return null;
  }
}

function cortexCheck({ sporeVariables }: Settings, environment: Environment): Check {
  const backend = sporeVariables.CORTEX_BACKEND ?? "local";
  const model = sporeVariables.CORTEX_MODEL;
  const consent = (sporeVariables.CORTEX_DOWNLOAD ?? environment.CORTEX_DOWNLOAD) === "1";
  if (backend !== "local") return { area: AREA, state: "info", text: `Cortex: ${backend}` };
  if (model === undefined || model.startsWith("hf:")) {
    const what = model ?? "its default model";
    const how = consent ? "is downloaded at the start" : "is downloaded only with CORTEX_DOWNLOAD=1";
    return { area: AREA, state: "info", text: `Cortex: ${what} ${how}, unless it is there` };
  }
  if (!existsSync(model)) {
    return {
      area: AREA,
      state: "bad",
      text: `Cortex: there is no file ${model}: correct CORTEX_MODEL, or CORTEX_BACKEND=off`,
    };
  }
  return {
    area: AREA,
    state: "ok",
    text: `Cortex: ${model}, ${Math.ceil(statSync(model).size / 1024 ** 2)} MiB`,
  };
}

/** How a running spore finds its providers: who answered, who is limited and until when, what can be done. */
export async function runningModelChecks(access: SporeAccess): Promise<Check[]> {
  const area = "Models, as the first spore finds them";
  const [providers, cortex] = await Promise.all([
    callSpore(access, { method: "GET", path: "/api/providers" }, providersSchema),
    callSpore(access, { method: "GET", path: "/api/cortex" }, partStateSchema),
  ]);
  if (!providers.ok) return [{ area, state: "info", text: "the spore does not tell" }];
  const rows = providers.value.providers
    .filter(({ configured }) => configured)
    .map(({ name, state, reason, until, mend, calls, failures }): Check => {
      const tried = calls === 0 ? "not asked yet" : `${calls} calls, ${failures} failed`;
      const why = reason === null ? "" : `: ${reason}`;
      const when = until == null ? "" : `, until ${until}`;
      const how = mend == null ? "" : `; ${mend}`;
      const text = `${name}: ${state} (${tried})${why}${when}${how}`;
      return { area, state: state === "off" ? "bad" : state === "ready" ? "ok" : "info", text };
    });
  const { budget } = providers.value;
  const spent: Check[] =
    budget === undefined
      ? []
      : [
          {
            area,
            state: "info",
            text: `spent today: ${budget.today.calls} of ${budget.per_day.calls} calls, ${budget.today.usd.toFixed(2)} of ${budget.per_day.usd} US dollars`,
          },
        ];
  const local: Check[] =
    cortex.ok && cortex.value.reason !== undefined
      ? [{ area, state: "info", text: `Cortex: ${cortex.value.reason}` }]
      : [];
  return [...rows, ...spent, ...local];
}

/**
 * Everything a hosted verb looks at: who is asking, what is wanted, what is there. Read only.
 *
 * Where the operator's key does not exist yet, one is imagined for the plan: nothing on the Hub can be ours then.
 */
import { generateKeyPairSync } from "node:crypto";
import { existsSync } from "node:fs";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import type { PageHost, PageState } from "../../pages/page-host.ts";
import { patientFetch, type Remote } from "../../remote-call.ts";
import type { Settings } from "../../settings.ts";
import { type DataDir, dataDirAt } from "../local/data-dir.ts";
import { type Operator, openOperator, rawPublicKey } from "../local/operator.ts";
import { broadTokenProblem, judgeAccount } from "./account.ts";
import { type HostedSpore, hostedSpores } from "./hosted-spores.ts";
import { type HubAccount, hubAccount, spaceIds } from "./hub-client.ts";
import type { HubAccess } from "./hub-rest.ts";
import { snapshotDataset } from "./snapshot-dataset.ts";
import { prefixProblem, repoNameProblem, spaceIndex } from "./space-name.ts";
import { observeSpace } from "./space-observation.ts";
import type { ObservedSpace } from "./space-plan.ts";

/** How long to wait between two looks and before a second try; tests shorten both. */
export interface HubTiming {
  readonly pollMs: number;
  readonly retryDelayMs: number;
}

export const HUB_TIMING: HubTiming = { pollMs: 3_000, retryDelayMs: 1_000 };

export interface OpenedHub {
  readonly hub: HubAccess;
  readonly owner: string;
  readonly account: HubAccount;
}

export interface HubFailure {
  readonly unreachable: boolean;
  readonly messages: readonly string[];
}

const TOKEN_MEND =
  "give hf_token in config.yaml or --hf-token (huggingface.co/settings/tokens, role write); --target local needs none";

/** What is wrong with the settings alone, before anybody is asked. */
function settingsProblems(settings: Settings): string[] {
  const { token, prefix, owner } = settings.hub;
  const problems: string[] = [];
  if (token === null) problems.push(`the Hugging Face target needs a token: ${TOKEN_MEND}`);
  else if (!token.startsWith("hf_"))
    problems.push(`hf_token: tokens of the Hub begin with "hf_"; ${TOKEN_MEND}`);
  if (settings.target === "hf") {
    const problem = prefixProblem(prefix);
    if (problem !== null) problems.push(problem);
    if (settings.chosenVariables.HF_TOKEN !== undefined && settings.chosenVariables.HF_TOKEN === token) {
      problems.push(
        "api_keys.hf_inference is the token that deploys: a Space must not hold it. Make one that may only call Inference Providers",
      );
    }
    if (settings.snapshot !== null && settings.snapshot.token === token) {
      problems.push(
        "snapshot.token is the token that deploys: a Space must not hold it. Make one that may write that dataset alone",
      );
    }
    const endpoint = settings.chosenVariables.LLM_ENDPOINT;
    if (endpoint !== undefined && /^https?:\/\/(localhost|127\.|\[::1\])/.test(endpoint)) {
      problems.push(`llm.endpoint ${endpoint} is this machine, which a Space cannot reach`);
    }
    if (settings.bootstrap.kind === "given" && !settings.bootstrap.value.startsWith("https:")) {
      problems.push(`--bootstrap ${settings.bootstrap.value}: a Space can read an https URL only, or none`);
    }
  }
  if (settings.deployPage && settings.pageTarget === "hf") {
    const problem = repoNameProblem(settings.pageName);
    if (problem !== null) problems.push(`--cc-name: ${problem}`);
  }
  if (owner !== null && repoNameProblem(owner) !== null)
    problems.push(`--hf-owner: ${repoNameProblem(owner)}`);
  return problems;
}

export async function openHub(settings: Settings, timing: HubTiming): Promise<Result<OpenedHub, HubFailure>> {
  const { token, url, owner } = settings.hub;
  const problems = settingsProblems(settings);
  if (problems.length > 0 || token === null) return err({ unreachable: false, messages: problems });
  const fetch = patientFetch({ retryDelayMs: timing.retryDelayMs });
  const hub: HubAccess = { url: url.replace(/\/+$/, ""), token, fetch };
  const account = await hubAccount(hub);
  if (account.ok) return ok({ hub, owner: owner ?? account.value.name, account: account.value });
  const { kind, message } = account.error;
  const mend =
    kind === "unauthorised" ? `the Hub does not accept the token (${message}); ${TOKEN_MEND}` : message;
  return err({ unreachable: kind === "unreachable", messages: [mend] });
}

/** Whether the account may do it, and the token for inference nothing else. */
export async function accountProblems(
  settings: Settings,
  opened: OpenedHub,
): Promise<{ obstacles: readonly string[]; notices: readonly string[] }> {
  const verdict = judgeAccount(opened.account, opened.owner, settings.target === "hf");
  if (settings.target !== "hf") return verdict;
  const obstacles = [...verdict.obstacles];
  const inference = settings.chosenVariables.HF_TOKEN;
  if (inference !== undefined) {
    const problem = await narrowTokenProblem(opened, inference, "the key for Hugging Face Inference", "read");
    if (problem !== null) obstacles.push(problem);
  }
  if (settings.snapshot !== null) {
    const { repo, token } = settings.snapshot;
    const problem = await narrowTokenProblem(opened, token, "snapshot.token", null);
    if (problem !== null) obstacles.push(problem);
    const dataset = await snapshotDataset(opened.hub, repo);
    if (!dataset.ok) obstacles.push(dataset.error);
  }
  return { ...verdict, obstacles };
}

/** What goes into a Space must be able to do its one thing and nothing else. */
async function narrowTokenProblem(
  { hub }: OpenedHub,
  token: string,
  what: string,
  alsoFine: string | null,
): Promise<string | null> {
  if (!token.startsWith("hf_")) return `${what}: tokens of the Hub begin with "hf_"`;
  const asked = await hubAccount({ ...hub, token });
  if (!asked.ok) return `${what} was not accepted: ${asked.error.message}`;
  return broadTokenProblem(asked.value.tokenRole, what, alsoFine);
}

export interface SurplusSpace {
  readonly id: string;
  readonly stage: string;
}

export interface HubScene {
  readonly spores: readonly HostedSpore[];
  readonly observed: ReadonlyMap<string, ObservedSpace>;
  /** Spores of this swarm beyond the count. */
  readonly surplus: readonly SurplusSpace[];
  readonly page: PageState | null;
}

/** @param operator whose Spaces these may be; null: none is ours */
export async function observeHub(
  settings: Settings,
  { hub, owner }: OpenedHub,
  operator: Operator | null,
  page: PageHost | null,
): Promise<Result<HubScene, string>> {
  const spores = settings.target === "hf" ? hostedSpores(settings, owner) : [];
  const key = operator?.publicKey ?? null;
  const observed = new Map<string, ObservedSpace>();
  const looks = await Promise.all(
    spores.map(async ({ id }) => ({ id, look: await observeSpace(hub, id, key) })),
  );
  for (const { id, look } of looks) {
    if (!look.ok) return err(look.error.message);
    observed.set(id, look.value);
  }
  const surplus = await observeSurplus(settings, hub, owner, operator);
  if (!surplus.ok) return err(surplus.error.message);
  const state = page === null ? null : await page.observe();
  if (state !== null && !state.ok) return state;
  return ok({ spores, observed, surplus: surplus.value, page: state?.value ?? null });
}

async function observeSurplus(
  settings: Settings,
  hub: HubAccess,
  owner: string,
  operator: Operator | null,
): Promise<Remote<readonly SurplusSpace[]>> {
  if (operator === null || settings.target !== "hf") return ok([]);
  const ids = await spaceIds(hub, owner, settings.hub.prefix);
  if (!ids.ok) return ids;
  const surplus: SurplusSpace[] = [];
  for (const id of [...ids.value].sort()) {
    const index = id.startsWith(`${owner}/`)
      ? spaceIndex(settings.hub.prefix, id.slice(owner.length + 1))
      : null;
    if (index === null || index < settings.count) continue;
    const look = await observeSpace(hub, id, operator.publicKey);
    if (!look.ok) return look;
    if (look.value.kind === "ours") surplus.push({ id, stage: look.value.stage });
  }
  return ok(surplus);
}

/** Names that belong to somebody else. */
export function takenNames(scene: HubScene, page: PageHost | null, dataDir: DataDir): string[] {
  const taken = [...scene.observed].filter(([, { kind }]) => kind === "foreign").map(([id]) => id);
  const problems = taken.map(
    (id) =>
      `the Space ${id} exists and was not made with the operator key of ${dataDir.path}; choose another --prefix, or use the data dir it was made with`,
  );
  if (scene.page?.kind === "foreign" && page !== null) {
    problems.push(
      `${page.label} exists on ${page.name} and was not made with this operator key; choose another --cc-name`,
    );
  }
  return problems;
}

/** The operator of the data dir if there is one; nothing is made. */
export function knownOperator(settings: Settings): Result<Operator | null, string> {
  const dataDir = dataDirAt(settings.dataDir);
  if (!existsSync(dataDir.operatorKey) || !existsSync(dataDir.operatorToken)) return ok(null);
  return openOperator(dataDir, undefined);
}

/** Stands in for the operator that the launch would make. */
export function imaginedOperator(): Operator {
  const { privateKey } = generateKeyPairSync("ed25519");
  return { publicKey: rawPublicKey(privateKey), key: privateKey, token: "made-by-the-launch", notices: [] };
}

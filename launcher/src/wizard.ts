/**
 * Questions to a person at a terminal: the first-run wizard and single confirmations.
 *
 * 1. Nothing is ever asked without a terminal on both sides, or in CI: a script never hangs on a question.
 * 2. Keys are not shown while they are typed; each is checked with its provider at once where that costs nothing.
 * 3. The answers become config.yaml with mode 0600; an existing file is never overwritten.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as prompts from "@clack/prompts";
import { CONFIG_DEFAULTS, type Config, SPORE_COUNT_MAX } from "@synapse/shared/config.ts";
import { PROVIDERS, type Provider } from "@synapse/shared/providers.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { stringify } from "yaml";
import { costLines, judgeAccount } from "./platforms/hub/account.ts";
import { hubAccount } from "./platforms/hub/hub-client.ts";
import { OWNER_ONLY } from "./platforms/local/atomic-file.ts";
import { checkKey, type KeyVerdict } from "./provider-key.ts";
import { patientFetch } from "./remote-call.ts";
import type { Environment } from "./settings.ts";

export function canAsk(environment: Environment): boolean {
  const inCi = !["", "0", "false"].includes(environment.CI ?? "");
  return process.stdin.isTTY === true && process.stdout.isTTY === true && !inCi;
}

/** @returns false also for Ctrl-C */
export async function confirm(question: string, initial: boolean): Promise<boolean> {
  return (await prompts.confirm({ message: question, initialValue: initial })) === true;
}

/** @returns null for Ctrl-C */
export async function askToJoin(notice: string): Promise<boolean | null> {
  prompts.log.info(notice);
  const answer = await prompts.confirm({ message: "Join the public network?", initialValue: true });
  return prompts.isCancel(answer) ? null : answer;
}

/**
 * Asks, and writes config.yaml in `folder`.
 * @param hubUrl the Hub that a token is checked with
 */
export async function askForSettings(folder: string, hubUrl: string): Promise<Result<string, string>> {
  prompts.intro("Synapse: a swarm of your own");
  const place = await askForPlace(hubUrl);
  if (place === null) return cancelled();
  const count = await prompts.text({
    message: "How many spores?",
    initialValue: String(CONFIG_DEFAULTS.count),
    validate: (text = "") =>
      /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= SPORE_COUNT_MAX
        ? undefined
        : `a whole number from 1 to ${SPORE_COUNT_MAX}`,
  });
  if (prompts.isCancel(count)) return cancelled();
  const page = await askForPage();
  if (page === null) return cancelled();
  const keys = await askForKeys();
  if (keys === null) return cancelled();
  return writeConfig(join(folder, "config.yaml"), {
    ...place,
    count: Number(count),
    ...page,
    ...(Object.keys(keys).length === 0 ? {} : { api_keys: keys }),
  });
}

async function askForPlace(hubUrl: string): Promise<Config | null> {
  const target = await prompts.select({
    message: "Where should the spores live?",
    options: [
      { value: "local" as const, label: "on this machine", hint: "no account, no cost" },
      { value: "hf" as const, label: "as Hugging Face Spaces", hint: "needs a paid plan and a token" },
    ],
  });
  if (prompts.isCancel(target)) return null;
  if (target === "local") return { target };
  prompts.log.message(costLines(CONFIG_DEFAULTS.count, true).join("\n"));
  const token = await askForHubToken(hubUrl);
  if (token === null) return null;
  const visibility = await prompts.select({
    message: "Who may read the Spaces' files?",
    options: [
      {
        value: true,
        label: "only you",
        hint: "the spores' addresses stay open for their peers and the page",
      },
      { value: false, label: "everyone" },
    ],
  });
  if (prompts.isCancel(visibility)) return null;
  return { target, hf_token: token, private: visibility };
}

async function askForHubToken(hubUrl: string): Promise<string | null> {
  for (;;) {
    const token = await prompts.password({
      message: "Hugging Face token, role write (huggingface.co/settings/tokens)",
      validate: (text = "") => (text.trim().startsWith("hf_") ? undefined : 'it begins with "hf_"'),
    });
    if (prompts.isCancel(token)) return null;
    const spinner = prompts.spinner();
    spinner.start("asking the Hub");
    const access = { url: hubUrl.replace(/\/+$/, ""), token: token.trim(), fetch: patientFetch() };
    const account = await hubAccount(access);
    const verdict = account.ok ? judgeAccount(account.value, account.value.name, true) : null;
    const problems = verdict?.obstacles ?? [account.ok ? "" : account.error.message];
    if (account.ok && problems.length === 0) {
      spinner.stop(`the Hub accepts it: ${account.value.name}`);
      for (const notice of verdict?.notices ?? []) prompts.log.warn(notice);
      return token.trim();
    }
    spinner.stop(problems.join("; "));
    if (await confirm("Keep it nevertheless?", false)) return token.trim();
  }
}

async function askForPage(): Promise<Config | null> {
  const page = await prompts.select({
    message: "The Command Center, the page to watch it?",
    options: [
      { value: "with" as const, label: "with the spores" },
      { value: "vercel" as const, label: "on Vercel", hint: "needs a token" },
      { value: "none" as const, label: "no page" },
    ],
  });
  if (prompts.isCancel(page)) return null;
  if (page !== "vercel") return { deploy_cc: page === "with" };
  const token = await prompts.password({ message: "Vercel token (vercel.com/account/tokens)" });
  if (prompts.isCancel(token)) return null;
  return (token ?? "").trim() === ""
    ? { deploy_cc: true }
    : { deploy_cc: true, cc_target: "vercel", vercel_token: token.trim() };
}

async function askForKeys(): Promise<Record<string, string> | null> {
  const usable = PROVIDERS.filter((provider) => !("retired" in provider));
  const chosen = await prompts.multiselect({
    message:
      "Keys of which providers do you have? (space selects; none is fine: it then reasons from memory alone)",
    options: usable.map(({ id, name }) => ({ value: id as string, label: name })),
    required: false,
  });
  if (prompts.isCancel(chosen)) return null;
  const keys: Record<string, string> = {};
  for (const provider of usable.filter(({ id }) => chosen.includes(id))) {
    const key = await prompts.password({ message: `Key for ${provider.name} (empty skips it)` });
    if (prompts.isCancel(key)) return null;
    if ((key ?? "").trim() === "") continue;
    const spinner = prompts.spinner();
    spinner.start(`asking ${provider.name}`);
    const verdict = await checkKey(provider, key.trim());
    spinner.stop(tell(provider, verdict));
    if (verdict.kind === "refused" && !(await confirm("Keep it nevertheless?", false))) continue;
    keys[provider.id] = key.trim();
  }
  return keys;
}

function tell({ name }: Provider, verdict: KeyVerdict): string {
  switch (verdict.kind) {
    case "accepted":
      return `${name} accepts the key`;
    case "refused":
      return `${name} refuses the key (HTTP ${verdict.status})`;
    case "unknown":
      return `${name} cannot be asked now; the key is kept unchecked`;
  }
}

/** Writes a new config.yaml that only its owner reads. */
function writeConfig(path: string, config: Config): Result<string, string> {
  const head = "# Written by the wizard. Every other knob: config.template.yaml\n";
  try {
    writeFileSync(path, head + stringify(config), { mode: OWNER_ONLY, flag: "wx" });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return err(code === "EEXIST" ? `${path} exists already; edit it, or move it away` : message);
  }
  prompts.outro(`wrote ${path} (mode 0600)`);
  return ok(path);
}

function cancelled(): Result<never, string> {
  prompts.cancel("nothing was written");
  return err("the wizard was left; start without it with: bun run launch --count 3");
}

/** Runs the launcher's hosted verbs in this process, against fakes, with what it said kept for the test. */
import { join } from "node:path";
import { parseArguments } from "../../launcher/src/arguments.ts";
import { type Layout, REPOSITORY_LAYOUT } from "../../launcher/src/layout.ts";
import { createOutput } from "../../launcher/src/output.ts";
import { hubPlatform } from "../../launcher/src/platforms/hub/hub-platform.ts";
import type { Platform } from "../../launcher/src/platforms/platform.ts";
import { type Environment, resolveSettings } from "../../launcher/src/settings.ts";
import { SETTINGS_FLAGS } from "../../launcher/src/settings-flags.ts";

export interface HostedLaunch {
  readonly platform: Platform;
  /** Everything said so far. */
  said(): string;
}

/** Quick looks and second tries: the fakes answer at once. */
const TIMING = { pollMs: 20, retryDelayMs: 1 };

export function hostedLaunch(
  cwd: string,
  argv: readonly string[],
  environment: Environment = {},
  elsewhere: { readonly vercelUrl?: string; readonly layout?: Layout } = {},
): HostedLaunch {
  const parsed = parseArguments(argv, SETTINGS_FLAGS);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const settings = resolveSettings(parsed.value, environment, cwd);
  if (!settings.ok) throw new Error(JSON.stringify(settings.error));
  let words = "";
  const stream = { write: (text: string) => (words += text) };
  const output = createOutput(false, { stdout: stream, stderr: stream, environment: {} });
  const context = {
    settings: settings.value,
    layout: REPOSITORY_LAYOUT,
    output,
    environment,
    timing: TIMING,
  };
  return {
    platform: hubPlatform({ ...context, ...elsewhere }),
    said: () => words,
  };
}

export function hubArguments(hubUrl: string, cwd: string, more: readonly string[] = []): string[] {
  return [
    ...["--target", "hf", "--hf-token", "hf_commander", "--hub-url", hubUrl],
    ...["--data-dir", join(cwd, ".synapse"), "--bootstrap", "none", "--start-timeout", "20", ...more],
  ];
}

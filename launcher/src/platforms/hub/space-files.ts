/**
 * The files of a spore's Space: the sources of the spore and of what it imports, its Dockerfile, and a card.
 *
 * What lies in this clone is what runs there; tests and what only they use stay at home. All spores have the same files
 * but for the card and the mark, so that one build is as good as another.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { Glob } from "bun";
import { jsonFile, textFile } from "../../pages/page-files.ts";
import type { RepoFile } from "./hub-client.ts";
import { MARK_FILE } from "./space-plan.ts";

const SINGLE_FILES = ["package.json", "bun.lock", "bunfig.toml", "bootstrap.json", "LICENSE", "Dockerfile"];
const FOLDERS = ["shared", "spore"];
const LEFT_AT_HOME =
  /(^|\/)(node_modules|coverage|testing)\/|\.test\.tsx?$|\.fixture\.ts$|\.tsbuildinfo$|(^|\/)tsconfig[^/]*\.json$|\.log$|(^|\/)\.[^/]+$/;

/** @returns what is missing in this clone, instead of files */
export function sporeSources(root: string): { files: RepoFile[]; missing: string[] } {
  const missing = SINGLE_FILES.filter((path) => !existsSync(join(root, path)));
  const nested = FOLDERS.flatMap((folder) =>
    [...new Glob("**/*").scanSync({ cwd: join(root, folder), onlyFiles: true })].map(
      (path) => `${folder}/${path}`,
    ),
  ).filter((path) => !LEFT_AT_HOME.test(path));
  const paths = [...SINGLE_FILES.filter((path) => !missing.includes(path)), ...nested.sort()];
  return {
    files: paths.map((path) => ({ path, bytes: new Uint8Array(readFileSync(join(root, path))) })),
    missing,
  };
}

/** Tells a later launch that this Space is this operator's; public, as certificates are. */
export function markFile(operator: PublicKey, part: string): RepoFile {
  return jsonFile(MARK_FILE, { made_by: "synapse launch", operator, part });
}

export function isMarkOf(text: string | null, operator: PublicKey): boolean {
  try {
    return text !== null && (JSON.parse(text) as { operator?: unknown } | null)?.operator === operator;
  } catch {
    // Somebody else's file of that name.
    return false;
  }
}

/** The README whose head configures the Space (huggingface.co/docs/hub/spaces-config-reference). */
export function sporeCard(name: string, role: string): RepoFile {
  return card(
    { title: name, emoji: "🍄", colorFrom: "indigo", colorTo: "green", sdk: "docker", app_port: 7860 },
    `A spore of a Synapse swarm; its role is ${role}. Deployed by \`bun run launch\`; the next launch replaces what is changed here by hand.`,
  );
}

export function pageCard(name: string): RepoFile {
  return card(
    { title: name, emoji: "🌐", colorFrom: "indigo", colorTo: "blue", sdk: "static", app_file: "index.html" },
    "The Command Center of a Synapse swarm: a page without a backend. `config.json` names the spores it shows.",
  );
}

function card(head: Readonly<Record<string, string | number>>, text: string): RepoFile {
  const lines = Object.entries(head).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return textFile("README.md", `---\n${lines.join("\n")}\npinned: false\nlicense: mit\n---\n\n${text}\n`);
}

/**
 * The tree in ARCHITECTURE.md: one line a folder with what it is for, then the names of its files.
 *
 * The names come from the disk and the descriptions from the page, so refreshing it never loses a word that somebody
 * wrote. `.ts` and `.tsx` are left out of the names, and so are the tests beside the code.
 */
import { dirname } from "node:path";
import { isTest } from "./source-tree.ts";

const FENCE = /```tree\n([\s\S]*?)```/;
const WIDTH = 118;
/** Only a folder's own name tells what such files are: their names would say nothing to a reader. */
const FOLDED = /\/(meta|fixtures|public|fonts|icons)$/;

export function treeOf(page: string): string {
  return FENCE.exec(page)?.[1] ?? "";
}

export function replaceTree(page: string, tree: string): string {
  return page.replace(FENCE, () => `\`\`\`tree\n${tree}\`\`\``);
}

/** Folders whose line says nothing yet of what they are for. */
export function undescribed(tree: string): string[] {
  return tree
    .split("\n")
    .filter((line) => /^\S+$/.test(line))
    .map((line) => line.trim());
}

/** @param paths repository paths. @param previous the tree whose descriptions are kept. */
export function renderTree(paths: readonly string[], previous: string): string {
  const descriptions = new Map<string, string>();
  for (const line of previous.split("\n")) {
    const match = /^(\S+)\s{2,}(\S.*)$/.exec(line);
    if (match) descriptions.set(match[1] ?? "", match[2] ?? "");
  }
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    if (isTest(path) && !path.startsWith("tests/")) continue;
    const folder = dirname(path);
    const name = path.slice(folder === "." ? 0 : folder.length + 1).replace(/\.tsx?$/, "");
    folders.set(folder, [...(folders.get(folder) ?? []), name]);
  }
  return [...folders]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([folder, names]) => {
      const description = descriptions.get(`${folder}/`);
      const head = description === undefined ? `${folder}/` : `${`${folder}/`.padEnd(30)}  ${description}`;
      return `${head}\n${FOLDED.test(folder) ? "" : wrap(names)}`;
    })
    .join("");
}

function wrap(names: readonly string[]): string {
  const lines: string[] = [];
  let line = " ";
  for (const name of [...new Set(names)].sort()) {
    if (line.length + 1 + name.length > WIDTH) {
      lines.push(line);
      line = " ";
    }
    line += ` ${name}`;
  }
  return `${[...lines, line].join("\n")}\n`;
}

/**
 * Says in Markdown what a proposed bootstrap.json changes: `bun bootstrap-change.ts current.json proposed.json author`.
 *
 * A pull request may add seeds of its author. Anything else (a seed changed or taken away, another network, a seed
 * that names somebody else) ends with exit code 1 and a maintainer has to decide. Whether the file is well-formed is
 * not judged here: `bun run validate:bootstrap` does that.
 *
 * Everything printed comes from a stranger: it is shown as code, on one line, and cut.
 */
import { readFileSync } from "node:fs";

interface Seed {
  readonly url?: unknown;
  readonly added_by?: unknown;
}

/** One line of text between backticks that cannot close them. */
function quoted(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value ?? null);
  return `\`${text.replace(/[`\s]+/g, " ").slice(0, 200)}\``;
}

function seedsOf(list: Record<string, unknown>): Map<string, Seed> {
  const seeds = Array.isArray(list.seeds) ? (list.seeds as Seed[]) : [];
  return new Map(seeds.map((seed) => [JSON.stringify(seed), seed]));
}

export function describeChange(currentText: string, proposedText: string, author: string) {
  const current = JSON.parse(currentText);
  const proposed = JSON.parse(proposedText);
  const before = seedsOf(current);
  const after = seedsOf(proposed);
  const added = [...after].filter(([key]) => !before.has(key)).map(([, seed]) => seed);
  const gone = [...before].filter(([key]) => !after.has(key)).map(([, seed]) => seed);
  const { seeds: _, ...head } = current;
  const { seeds: __, ...proposedHead } = proposed;
  const problems = [
    ...gone.map((seed) => `${quoted(seed.url)} is changed or taken away`),
    ...added
      .filter((seed) => seed.added_by !== author)
      .map(
        (seed) =>
          `${quoted(seed.url)} names ${quoted(seed.added_by)} as \`added_by\`, the author is ${quoted(author)}`,
      ),
    ...(JSON.stringify(head) === JSON.stringify(proposedHead)
      ? []
      : ["more than the list of seeds is changed"]),
  ];
  const lines = [
    "### Seeds",
    `${added.length} added, ${gone.length} changed or taken away.`,
    ...added.map((seed) => `- added: ${quoted(seed.url)}`),
    ...problems.map((problem) => `- **for a maintainer to decide:** ${problem}`),
  ];
  return { markdown: `${lines.join("\n")}\n`, acceptable: problems.length === 0 };
}

if (import.meta.main) {
  const [current = "", proposed = "", author = ""] = process.argv.slice(2);
  const change = describeChange(readFileSync(current, "utf8"), readFileSync(proposed, "utf8"), author);
  process.stdout.write(change.markdown);
  process.exitCode = change.acceptable ? 0 : 1;
}

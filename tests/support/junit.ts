/**
 * Reads the counts out of the JUnit file that `bun test --reporter=junit` writes.
 *
 * The closing lines of `bun test` are for people and change between versions; this file is a format. One thing it does
 * not hold is a test file that failed to load, so the caller compares `files` with what it asked for.
 */

export interface JunitReport {
  readonly passed: number;
  /** Names of failed tests, as "file: test". */
  readonly failed: readonly string[];
  /** Names of skipped tests, as "file: test". */
  readonly skipped: readonly string[];
  /** Test files that ran at least one test, as given on the command line, without a leading "./". */
  readonly files: ReadonlySet<string>;
}

export function parseJunit(xml: string): JunitReport {
  let passed = 0;
  const failed: string[] = [];
  const skipped: string[] = [];
  const files = new Set<string>();
  for (const match of xml.matchAll(/<testcase\s([^>]*?)(\/>|>([\s\S]*?)<\/testcase>)/g)) {
    const attributes = match[1] ?? "";
    const inner = match[3] ?? "";
    const file = attribute(attributes, "file");
    files.add(file);
    const name = `${file}: ${attribute(attributes, "name")}`;
    if (/<(failure|error)[\s>/]/.test(inner)) failed.push(name);
    else if (/<skipped[\s>/]/.test(inner)) skipped.push(name);
    else passed += 1;
  }
  return { passed, failed, skipped, files };
}

function attribute(attributes: string, name: string): string {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
  return value
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&#10;", "\n")
    .replaceAll("&amp;", "&");
}

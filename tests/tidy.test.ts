/**
 * The laws of the house, as tests. ARCHITECTURE.md is read, not repeated: change the table, the tree or the list of
 * pure files there, and this test follows. Biome holds what a linter can (format, cycles, `any`, console, empty
 * blocks, barrels, kebab-case); the last test here sees to it that those rules stay errors.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { dirname, join, posix } from "node:path";
import { Glob } from "bun";
import { deadReferences } from "./support/page-references.ts";
import {
  codeFiles,
  importsOf,
  isTest,
  lineAt,
  productFiles,
  ROOT,
  readSource,
  repositoryPaths,
  type SourceFile,
  type SyntaxNode,
  textFiles,
  walk,
} from "./support/source-tree.ts";
import { selectSuites } from "./support/suites.ts";
import { renderTree, treeOf, undescribed } from "./support/tree.ts";

/** Parsing every file takes a second, and ten on a machine with other work to do. */
setDefaultTimeout(60_000);

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;

const page = readSource("ARCHITECTURE.md").text;
const product = productFiles();
const code = codeFiles();

/** Fails with one line for each breach, and how to mend it. */
function expectNone(breaches: readonly string[], mend: string): void {
  expect(breaches.length === 0 ? "" : `${breaches.join("\n")}\n→ ${mend}`).toBe("");
}

describe("who may import whom", () => {
  const table = importTable(page);

  test("packages meet in shared only", () => {
    const breaches = product.flatMap((file) => {
      const own = file.path.split("/")[0] ?? "";
      return importsOf(file)
        .map((specifier) => resolve(file, specifier)?.split("/")[0])
        .filter((other) => other !== undefined && other !== own && other !== "shared")
        .map((other) => `${file.path} imports ${other}`);
    });
    expectNone(breaches, "put what both need into shared, or let them talk over HTTP");
  });

  test("inside the spore, as ARCHITECTURE.md says", () => {
    const spore = product.filter((file) => file.path.startsWith("spore/src/"));
    const breaches = spore.flatMap((file) => {
      const part = sporePart(file.path);
      const allowed = table.get(part);
      if (allowed === undefined) return [`${file.path}: the part ${part} is not in the table`];
      return importsOf(file).flatMap((specifier) => {
        const target = resolve(file, specifier);
        if (!target?.startsWith("spore/src/")) return [];
        const other = sporePart(target);
        const fine = other === part || allowed.has(other) || allowed.has("every part");
        return fine ? [] : [`${file.path} imports ${other}`];
      });
    });
    expectNone(
      breaches,
      "take it as an argument from compose.ts, or change the table in ARCHITECTURE.md and say why",
    );
  });
});

describe("names and sizes", () => {
  test("files are named by their noun", () => {
    const vague = /(^|-)(utils?|helpers?|managers?|misc|common|stuff)$/;
    const breaches = code
      .map((file) => file.path)
      .filter((path) => {
        const name = posix.basename(path).replace(/(\.[a-z0-9]+)+$/, "");
        return vague.test(name) || name === "index" || path.split("/").some((folder) => vague.test(folder));
      });
    expectNone(breaches, "name the file by the concept it holds; index files are barrels");
  });

  test(`a file has at most ${FILE_LINES_MAX} lines`, () => {
    const breaches = code
      .map((file) => ({ path: file.path, lines: file.text.trimEnd().split("\n").length }))
      .filter(({ lines }) => lines > FILE_LINES_MAX)
      .map(({ path, lines }) => `${path}: ${lines} lines`);
    expectNone(breaches, "split it by concept");
  });

  test(`a function has at most ${FUNCTION_LINES_MAX} lines of its own`, () => {
    const breaches = code.flatMap((file) =>
      functionSizes(file)
        .filter(({ lines }) => lines > FUNCTION_LINES_MAX)
        .map(({ line, lines }) => `${file.path}:${line}: ${lines} lines`),
    );
    expectNone(breaches, "give its steps names; functions inside it are measured by themselves");
  });
});

describe("words in the code", () => {
  test("every source file opens by saying what it is", () => {
    const opening = /^(#!.*\n)?("use client";\s*|"use server";\s*)?\/\*\*?[\s\S]{30,}?\*\//;
    const breaches = code
      .filter((file) => !isTest(file.path) && !opening.test(file.text))
      .map((file) => file.path);
    expectNone(breaches, "open with a /** … */ that says what the file is and why it is so");
  });

  test("nothing is left for later", () => {
    const marker = /\b(TODO|FIXME|XXX|HACK)\b/;
    const breaches = product.flatMap((file) => linesMatching(file, marker));
    expectNone(breaches, "finish it, or say in the documentation that it is not there");
  });

  test("a file beside the code is named so that spaces and accents in a folder's name do no harm", () => {
    const encoded = /import\.meta\.url\)\.pathname/;
    const breaches = code.flatMap((file) => linesMatching(file, encoded));
    expectNone(breaches, "fileURLToPath(new URL(…, import.meta.url)): the pathname of a URL is encoded");
  });

  test("committed files name no place or person of the machine they were written on", () => {
    // In two halves, because this file is read as well.
    const place = new RegExp(`(^|[\\s"'\`(=:])/(${["wor", "k|tmp/brie", "f"].join("")})\\b`);
    const address = /[\w.+-]+@(?!example\.|[\w.-]*\.(test|invalid|example)\b)[\w-]+(\.[\w-]+)*\.[a-z]{2,}\b/i;
    const breaches = textFiles()
      .filter((file) => file.path !== "bun.lock")
      .flatMap((file) => [
        ...linesMatching(file, place),
        ...linesMatching(file, address).filter((line) => !line.includes("git@github.com")),
      ]);
    expectNone(breaches, "use a path from the repository's root, and example.com for addresses");
  });
});

describe("law 4: pure files", () => {
  test("take clock and chance as arguments and do no I/O", () => {
    const patterns = fenced(page, "## Pure files");
    const globs = patterns.map((pattern) => new Glob(pattern));
    const named = patterns.flatMap(expandBraces).map((pattern) => ({ pattern, glob: new Glob(pattern) }));
    const empty = named.filter(({ glob }) => !product.some((file) => glob.match(file.path)));
    expectNone(
      empty.map(({ pattern }) => pattern),
      "take it off the list of pure files, or mend its name",
    );
    const pure = product.filter((file) => globs.some((glob) => glob.match(file.path)));
    expect(pure.length).toBeGreaterThan(5);
    const impure =
      /\b(Date\.now|new Date\(\)|Math\.random|performance\.now|setTimeout|setInterval|fetch\(|process\.|Bun\.|random(Bytes|UUID|Int)|getRandomValues)|from "(node|bun):(?!crypto")/;
    const breaches = pure.flatMap((file) => linesMatching(file, impure, { skipComments: true }));
    expectNone(breaches, "pass now or random as an argument; emit timers and effects as values");
  });
});

describe("documentation is true", () => {
  test("every environment variable that the code reads is documented", () => {
    const documents = textFiles().filter((file) =>
      /^(README\.md|config\.template\.yaml|docs\/.*\.md)$/.test(file.path),
    );
    const words = new Set(documents.flatMap((file) => file.text.match(/[A-Z][A-Z0-9_]+/g) ?? []));
    const breaches = product.flatMap((file) =>
      environmentVariables(file)
        .filter((name) => !words.has(name) && !COMMON_VARIABLES.has(name))
        .map((name) => `${file.path}: ${name}`),
    );
    expectNone(breaches, "describe it in config.template.yaml (what it does, default, unit) or in README.md");
  });

  test("every link leads somewhere, and every file that is named is there", () => {
    const pages = textFiles().filter((file) => /^([A-Z]+|docs\/[\w-]+)\.md$/.test(file.path));
    expect(pages.length).toBeGreaterThan(20);
    expectNone(deadReferences(pages, repositoryPaths()), "mend the name, written from the root, or the link");
  });

  test("the threat model names a test for each threat, and each test of a threat", () => {
    const paths = new Set(repositoryPaths());
    const named = backticked(readSource("docs/threat-model.md").text).filter((text) =>
      text.endsWith(".test.ts"),
    );
    expect(named.length).toBeGreaterThan(10);
    const threats = [...paths].filter((path) => /^tests\/threats\/.*\.test\.ts$/.test(path));
    const breaches = [
      ...named
        .filter((path) => !paths.has(path))
        .map((path) => `docs/threat-model.md names ${path}, which is not there`),
      ...threats
        .filter((path) => !named.includes(path))
        .map((path) => `docs/threat-model.md does not name ${path}`),
    ];
    expectNone(breaches, "add a row to docs/threat-model.md: the threat, what is done, what tries it");
  });

  test("the tree in ARCHITECTURE.md is the tree on the disk", () => {
    const tree = treeOf(page);
    expect(tree === renderTree(repositoryPaths(), tree) ? "" : "the tree differs → bun run check --fix").toBe(
      "",
    );
    expectNone(undescribed(tree), "write behind the folder's name in ARCHITECTURE.md what it is for");
  });
});

describe("what is run and what is installed", () => {
  test("every package is pinned to one version", () => {
    const exact = /^(workspace:\*|catalog:|(npm:.+@)?\d+\.\d+\.\d+(-[\w.]+)?)$/;
    const breaches = repositoryPaths()
      .filter((path) => posix.basename(path) === "package.json")
      .flatMap((path) => {
        const manifest = JSON.parse(readSource(path).text);
        const groups = [
          "dependencies",
          "devDependencies",
          "optionalDependencies",
          "peerDependencies",
          "overrides",
        ];
        const catalog = manifest.workspaces?.catalog ?? {};
        return [catalog, ...groups.map((group) => manifest[group] ?? {})]
          .flatMap((group: Record<string, string>) => Object.entries(group))
          .filter(([, version]) => !exact.test(version))
          .map(([name, version]) => `${path}: ${name} ${version}`);
      });
    expectNone(breaches, "name one exact version (bun add --exact)");
  });

  test("every test file belongs to a suite of `bun run test`", () => {
    const covered = new Set(selectSuites(ROOT, []).flatMap((suite) => suite.files));
    const breaches = code.map((file) => file.path).filter((path) => isTest(path) && !covered.has(path));
    expectNone(breaches, "move it, or add its folder to tests/support/suites.ts");
  });

  test("the linter's part of the laws stays an error", () => {
    const rules = JSON.parse(readSource("biome.json").text).linter.rules as Record<
      string,
      Record<string, unknown>
    >;
    const held = {
      suspicious: [
        "noConsole",
        "noEmptyBlockStatements",
        "noExplicitAny",
        "noFocusedTests",
        "noImportCycles",
      ],
      style: [
        "noDefaultExport",
        "noEnum",
        "noNonNullAssertion",
        "noParameterProperties",
        "useFilenamingConvention",
      ],
      performance: ["noBarrelFile", "noReExportAll"],
      nursery: ["noFloatingPromises"],
    };
    const breaches = Object.entries(held).flatMap(([group, names]) =>
      names.filter((name) => {
        const rule = rules[group]?.[name] as string | { level?: string } | undefined;
        return (typeof rule === "object" ? rule.level : rule) !== "error";
      }),
    );
    expectNone(breaches, "mend the code rather than the rule");
  });
});

/** Set by shells, terminals, CI services and tools; none of them is a setting of ours. */
const COMMON_VARIABLES = new Set(
  "CI COLUMNS FORCE_COLOR HOME LANG NODE_ENV NO_COLOR PATH TERM TMPDIR USER".split(" "),
);

/** Names read from an environment object, and names in capitals that a part declares as one of its settings. */
function environmentVariables(file: SourceFile): string[] {
  const names = new Set<string>();
  const setting =
    /^(SPORE|CORTEX|LLM|SYNAPSE|HF|LOG|BOOTSTRAP|NEXT_PUBLIC)_[A-Z0-9_]+$|^[A-Z0-9]+(_[A-Z0-9]+)*_(API_KEY|TOKEN)$/;
  walk(file, (node) => {
    if (node.type === "MemberExpression" && endsWithEnv(node.object as SyntaxNode)) {
      const property = node.property as SyntaxNode;
      const name = String(property.name ?? property.value);
      if (/^[A-Z][A-Z0-9_]+$/.test(name)) names.add(name);
    }
    if (node.type === "Literal" && typeof node.value === "string" && setting.test(node.value)) {
      names.add(node.value);
    }
    if (node.type === "Property") {
      const name = (node.key as SyntaxNode).name;
      if (typeof name === "string" && setting.test(name)) names.add(name);
    }
  });
  return [...names];
}

function endsWithEnv(node: SyntaxNode): boolean {
  if (node.type === "Identifier") return node.name === "env";
  return node.type === "MemberExpression" && (node.property as SyntaxNode).name === "env";
}

function functionSizes(file: SourceFile): { line: number; lines: number }[] {
  const isFunction = (node: SyntaxNode) =>
    /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);
  const sizes = new Map<SyntaxNode, { line: number; lines: number }>();
  walk(file, (node, ancestors) => {
    if (!isFunction(node)) return;
    const line = lineAt(file, node.start);
    const span = lineAt(file, node.end) - line + 1;
    sizes.set(node, { line, lines: span });
    const outer = sizes.get(ancestors.findLast(isFunction) ?? node);
    if (outer !== undefined && ancestors.some(isFunction)) outer.lines -= span - 1;
  });
  return [...sizes.values()];
}

/** A module of this repository that the specifier names, or null for a package. */
function resolve(file: SourceFile, specifier: string): string | null {
  if (specifier.startsWith(".")) return posix.join(dirname(file.path), specifier);
  const workspace = /^@synapse\/([a-z-]+)\/(.*)$/.exec(specifier);
  if (workspace) return `${workspace[1]}/src/${workspace[2]}`;
  if (specifier.startsWith("@/")) return join("command-center", specifier.slice(2));
  return null;
}

/** `spore/src/replica/dot.ts` → `replica`; `spore/src/log.ts` → `log`. */
function sporePart(path: string): string {
  return (path.split("/")[2] ?? "").replace(/\.tsx?$/, "");
}

function importTable(text: string): Map<string, Set<string>> {
  const table = new Map<string, Set<string>>();
  const section = text.split("## Who may import whom")[1]?.split("\n## ")[0] ?? "";
  for (const line of section.split("\n")) {
    const [, parts, allowed] = /^\| *(`[^|]*?) *\| *([^|]*?) *\|$/.exec(line) ?? [];
    if (parts === undefined || allowed === undefined) continue;
    const names = allowed === "every part" ? [allowed] : backticked(allowed);
    for (const part of backticked(parts)) table.set(part, new Set(names));
  }
  return table;
}

function backticked(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
}

function fenced(text: string, heading: string): string[] {
  return (text.split(heading)[1]?.split("```")[1] ?? "").trim().split("\n");
}

function linesMatching(file: SourceFile, pattern: RegExp, options = { skipComments: false }): string[] {
  return file.text.split("\n").flatMap((line, index) => {
    if (options.skipComments && /^\s*(\*|\/\/|\/\*)/.test(line)) return [];
    return pattern.test(line) ? [`${file.path}:${index + 1}: ${line.trim().slice(0, 100)}`] : [];
  });
}

/** `a/{b,c}.ts` as `a/b.ts` and `a/c.ts`. */
function expandBraces(pattern: string): string[] {
  const [whole, list] = /\{([^}]*)\}/.exec(pattern) ?? [];
  return whole === undefined || list === undefined
    ? [pattern]
    : list.split(",").map((name) => pattern.replace(whole, name));
}

/**
 * The repository's own files, parsed, for the tests that hold the code to its laws.
 *
 * Files are those git would commit (tracked, or new and not ignored). Parsing is done by oxc-parser, which Knip brings
 * anyway: real syntax trees, so a law cannot be fooled by a comment or a string.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "oxc-parser";

export const ROOT = join(import.meta.dir, "../..");

export interface SourceFile {
  /** Relative to the repository, with "/". */
  readonly path: string;
  readonly text: string;
}

export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [member: string]: unknown;
}

const isCode = (path: string) => /\.(ts|tsx)$/.test(path);
export const isTest = (path: string) => /\.(test|e2e)\.tsx?$/.test(path);
const PRODUCT = ["shared/", "spore/", "launcher/", "command-center/"];
const BINARY = /\.(png|jpg|ico|woff2?|gguf|wasm|webp|gz)$/;

export function repositoryPaths(): string[] {
  const git = Bun.spawnSync(["git", "ls-files", "--cached", "--others", "--exclude-standard"], { cwd: ROOT });
  if (!git.success) throw new Error(`git ls-files: ${git.stderr.toString()}`);
  const paths = git.stdout.toString().split("\n").filter(Boolean);
  // A file that is deleted but not yet committed is still in the index.
  return [...new Set(paths)].filter((path) => existsSync(join(ROOT, path))).sort();
}

export function readSource(path: string): SourceFile {
  return { path, text: readFileSync(join(ROOT, path), "utf8") };
}

export function textFiles(): SourceFile[] {
  return repositoryPaths()
    .filter((path) => !BINARY.test(path))
    .map(readSource);
}

export function codeFiles(): SourceFile[] {
  return repositoryPaths().filter(isCode).map(readSource);
}

/** What is shipped: code of the four packages without the tests beside it and what `testing/` folders lend to them. */
export function productFiles(): SourceFile[] {
  const shipped = codeFiles().filter((file) => !file.path.includes("/testing/"));
  return shipped.filter(
    (file) => PRODUCT.some((folder) => file.path.startsWith(folder)) && !isTest(file.path),
  );
}

/** Every module a file imports or re-exports, with the specifiers of dynamic and type-only imports. */
export function importsOf(file: SourceFile): string[] {
  const found: string[] = [];
  walk(file, (node) => {
    const source = node.source as SyntaxNode | null | undefined;
    const value = /^(Import|Export|TSImport)/.test(node.type) ? source?.value : undefined;
    if (typeof value === "string") found.push(value);
  });
  return found;
}

/** Visits every node; parents before children. */
export function walk(
  file: SourceFile,
  visit: (node: SyntaxNode, ancestors: readonly SyntaxNode[]) => void,
): void {
  const { program, errors } = parseSync(file.path, file.text);
  if (errors[0] !== undefined) throw new Error(`${file.path}: ${errors[0].message}`);
  descend(program as unknown as SyntaxNode, [], visit);
}

function descend(
  node: SyntaxNode,
  ancestors: readonly SyntaxNode[],
  visit: (node: SyntaxNode, ancestors: readonly SyntaxNode[]) => void,
): void {
  visit(node, ancestors);
  const inside = [...ancestors, node];
  for (const member of Object.values(node)) {
    for (const child of Array.isArray(member) ? member : [member]) {
      if (isNode(child)) descend(child, inside, visit);
    }
  }
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && typeof (value as SyntaxNode).type === "string";
}

/** 1-based line of an offset. */
export function lineAt(file: SourceFile, offset: number): number {
  return file.text.slice(0, offset).split("\n").length;
}

/** What the pages of the documentation point at: links with their anchors, and files named in the text. Pure. */
import { dirname, posix } from "node:path";
import type { SourceFile } from "./source-tree.ts";

const LINK = /\]\(([^()\s]+)\)/g;
const SPAN = /`([^`\n]+)`/g;
/** A path of the repository, as pages write it: below a folder of ours, or a source file of any. */
const NAMED =
  /^(?:(?:command-center|deploy|docs|launcher|shared|spore|tests)\/[\w./-]*|[\w.-]+\/[\w./-]*\.tsx?)$/;

/** @param paths of all files, from the root. @returns one line for each thing that is pointed at and is not there */
export function deadReferences(pages: readonly SourceFile[], paths: readonly string[]): string[] {
  const known = new Set(paths.flatMap((path) => [path, ...foldersOf(path)]));
  const anchors = new Map(pages.map(({ path, text }) => [path, new Set(anchorsOf(text))]));
  return pages.flatMap(({ path, text }) => {
    const links = [...text.matchAll(LINK)].flatMap(([, target = ""]) => {
      if (/^[a-z]+:/i.test(target)) return [];
      const [file = "", anchor] = target.split("#");
      const to = file === "" ? path : posix.join(dirname(path), file);
      const isThere = anchor === undefined ? known.has(to) : anchors.get(to)?.has(anchor) === true;
      return isThere ? [] : [`${path} links to ${target}`];
    });
    const named = [...text.matchAll(SPAN)].flatMap(([, span = ""]) =>
      !NAMED.test(span) || known.has(span.replace(/\/$/, "")) ? [] : [`${path} names ${span}`],
    );
    return [...links, ...named];
  });
}

function foldersOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(/\s/g, "-"),
  );
}

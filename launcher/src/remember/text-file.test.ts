import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collectDocuments } from "./collect.ts";
import { decodeText, readTextFile } from "./text-file.ts";

const folder = mkdtempSync(join(tmpdir(), "synapse-texts-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, contents: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, contents);
  return path;
}

const textOf = (name: string, contents: string | Uint8Array) => {
  const read = readTextFile(file(name, contents));
  return read.ok ? read.value.text : `skipped: ${read.error}`;
};

describe("what text is", () => {
  test("UTF-8, UTF-16 with its mark, and an older encoding that is named", () => {
    expect(decodeText(Buffer.from("Käse"))).toEqual({ text: "Käse", notice: null });
    expect(decodeText(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("Käse", "utf16le")]))?.text).toBe(
      "Käse",
    );
    const old = decodeText(Buffer.from([0x4b, 0xe4, 0x73, 0x65]));
    expect(old?.text).toBe("Käse");
    expect(old?.notice).toContain("Windows-1252");
  });

  test("bytes of a program or picture are not, a log with colours is", () => {
    expect(decodeText(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))).toBeNull();
    expect(decodeText(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0x00]))).toBeNull();
    expect(decodeText(Buffer.from("\u001b[31mred\u001b[0m\n"))).not.toBeNull();
  });

  test("line ends are made one kind, a page gives its words and headings", () => {
    expect(textOf("a.txt", "one\r\ntwo\rthree")).toBe("one\ntwo\nthree");
    const html =
      '<h2>Bread</h2><script>evil()</script><p>Rye &amp; <a href="https://x.example">water</a></p>';
    expect(textOf("a.html", html)).toBe("## Bread\n\nRye & water");
  });
});

describe("a folder", () => {
  test("gives every text below it once, names what is skipped, follows no link and no hidden folder", () => {
    const root = join(folder, "notes");
    file("notes/a.md", "# A\n\nalpha");
    file("notes/deep/b.py", "# comment\nx = 1\n");
    file("notes/picture.png", new Uint8Array([0x89, 0x50, 0, 0]));
    file("notes/empty.txt", " \n");
    file("notes/.hidden/secret.txt", "hidden");
    file("notes/node_modules/x/readme.md", "not mine");
    symlinkSync(folder, join(root, "circle"));
    const { documents, skipped, missing } = collectDocuments([root, join(root, "a.md"), "/nowhere"], folder);
    expect(documents.map(({ source }) => source)).toEqual(["notes/a.md", "notes/deep/b.py"]);
    expect(skipped).toEqual([
      { source: "notes/empty.txt", reason: "empty" },
      { source: "notes/picture.png", reason: "not text" },
    ]);
    expect(missing).toEqual(["/nowhere"]);
    expect(documents[0]?.memories[0]).toMatchObject({
      content: "# A\n\nalpha",
      metadata: { source: "notes/a.md", heading: "A" },
      sequence: { index: 0 },
    });
  });

  test("a changed text forms another sequence, the same text the same one", () => {
    const sequence = () =>
      collectDocuments([join(folder, "v.txt")], folder).documents[0]?.memories[0]?.sequence?.document;
    file("v.txt", "first");
    const first = sequence();
    expect(sequence()).toBe(first as string);
    file("v.txt", "second");
    expect(sequence()).not.toBe(first as string);
  });

  test("ready-made memories are taken as they stand; a bad one is refused alone", () => {
    file(
      "m.jsonl",
      [
        { content: "as it stands", metadata: { day: 3 }, sequence: { document: "d", index: 7 }, extra: 1 },
        { content: "bad", metadata: { deep: { deeper: { deepest: 1 } } } },
        { content: "long ".repeat(3_000) },
      ]
        .map((record) => JSON.stringify(record))
        .join("\n"),
    );
    const [document] = collectDocuments([join(folder, "m.jsonl")], folder).documents;
    expect(document?.memories[0]).toEqual({
      content: "as it stands",
      metadata: { day: 3 },
      sequence: { document: "d", index: 7 },
    });
    expect(document?.refused).toHaveLength(1);
    expect(document?.refused[0]).toStartWith("record 2: metadata.deep");
    expect(document?.notices.join()).toContain("extra");
    expect(
      document?.memories
        .slice(1)
        .map(({ content }) => content)
        .join(" "),
    ).toBe("long ".repeat(3_000).trim());
  });

  test("any other JSON is a text", () => {
    file("plain.json", JSON.stringify({ harbour: "Brask" }));
    expect(
      collectDocuments([join(folder, "plain.json")], folder).documents[0]?.memories[0]?.content,
    ).toContain("Brask");
  });
});

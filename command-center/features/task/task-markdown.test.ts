import { expect, test } from "bun:test";
import fc from "fast-check";
import { escapeMarkdown } from "@/features/task/task-markdown.ts";

test("no character that Markdown or HTML gives a meaning survives unescaped", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(escapeMarkdown(text).replace(/\\[\\`*_{}[\]()<>#+\-!|~]/g, "")).not.toMatch(
        /[\\`*_{}[\]()<>#+\-!|~]/,
      );
    }),
  );
});

/** A state of any shape as rows: nothing is lost, nothing is added, and nothing runs in a spreadsheet. */
import { expect, test } from "bun:test";
import { STATE_COLUMNS, stateRows } from "./state-rows.ts";
import { csvOf } from "./table-columns.ts";

test("each plain member is a row under its path; what is missing is an empty cell", () => {
  const state = {
    enabled: true,
    budget: { tokens: 5 },
    seeds: [{ url: "https://a.example" }, { url: null }],
    none: [],
  };
  expect(stateRows(state)).toEqual([
    { member: "enabled", value: "true" },
    { member: "budget.tokens", value: 5 },
    { member: "seeds.0.url", value: "https://a.example" },
    { member: "seeds.1.url", value: null },
  ]);
});

test("names and values of another's making are inert in a spreadsheet", () => {
  for (const sign of ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]) {
    const [, line = ""] = csvOf(stateRows({ [`${sign}a`]: `${sign}b` }), STATE_COLUMNS).split("\r\n", 2);
    expect(line.startsWith("'") || line.startsWith("\"'")).toBe(true);
    expect(line).toContain(`'${sign}b`);
  }
  expect(csvOf([{ member: "drift", value: -3 }], STATE_COLUMNS)).toBe("member,value\r\ndrift,-3\r\n");
});

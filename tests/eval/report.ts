/** The table on the terminal and the one JSON object for machines. */
import type { PanelResult } from "./panel.ts";

export function table(results: readonly PanelResult[]): string {
  const rows = results.map(
    ({ id, value, low, high, goal, baseline, n, atMost, passed, certain, ships, detail }) => ({
      cells: [
        passed ? (certain ? "pass" : "pass?") : "FAIL",
        id,
        figure(value),
        `${figure(low)} – ${figure(high)}`,
        ships === null
          ? `${atMost ? "≤" : "≥"} ${figure(goal)}`
          : `> ${figure(goal)} to ship on; ships ${ships}`,
        baseline === null ? "" : figure(baseline),
        String(n),
      ],
      detail,
    }),
  );
  const head = ["", "panel", "value", "95 % interval", "goal", "baseline", "n"];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map(({ cells }) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [
    line(head),
    ...rows.flatMap(({ cells, detail }) => [
      line(cells),
      ...(detail === undefined ? [] : [`       ${detail}`]),
    ]),
  ].join("\n");
}

export function json(
  results: readonly PanelResult[],
  notMeasurable: readonly { readonly id: string; readonly reason: string }[],
): string {
  const panels = results.map(({ id, value, low, high, goal, baseline, n, atMost, ships, passed }) => ({
    id,
    value,
    low,
    high,
    goal,
    baseline,
    n,
    at_most: atMost,
    ships,
    passed,
  }));
  return JSON.stringify({ panels, not_measurable: notMeasurable });
}

function figure(value: number): string {
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(4);
}

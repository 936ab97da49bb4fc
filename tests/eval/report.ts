/** The table on the terminal and the one JSON object for machines. */
import type { NotMeasurable, PanelResult } from "./panel.ts";

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

/** How many goals were reached of those that could be measured; the others are named and counted apart. */
export function summary(results: readonly PanelResult[], notMeasurable: readonly NotMeasurable[]): string {
  const failed = results.filter(({ passed }) => !passed);
  const missed = failed.length === 0 ? "" : `; missed: ${failed.map(({ id }) => id).join(", ")}`;
  const reached =
    results.length === 0
      ? "nothing was measured"
      : `${results.length - failed.length} of ${results.length} measured goals reached${missed}`;
  if (notMeasurable.length === 0) return `\n${reached}`;
  const named = notMeasurable.map(({ id, reason }) => `  ${id}: ${reason}`).join("\n");
  return `\nNot measurable here:\n${named}\n\n${reached}; not measurable here: ${notMeasurable.length}`;
}

export function json(results: readonly PanelResult[], notMeasurable: readonly NotMeasurable[]): string {
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

/**
 * What a benchmark returns, and the table people see.
 *
 * 1. A figure is never compared with one from another machine unless its `baseline` says where it comes from.
 * 2. Ratios are of figures taken in the same run, interleaved, so that a noisy neighbour troubles both.
 */
import { cpus, totalmem } from "node:os";

export interface BenchRow {
  /** What was measured, in words. */
  readonly quantity: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline?: { readonly of: string; readonly value: number };
  /** value / baseline.value */
  readonly ratio?: number;
  /** In words, and whether it was met. */
  readonly goal?: string;
  readonly met?: boolean;
}

export interface BenchResult {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly BenchRow[];
}

export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGiB: number;
  readonly bun: string;
  readonly platform: string;
}

export function describeMachine(): Machine {
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    bun: Bun.version,
    platform: `${process.platform} ${process.arch}`,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Three significant digits, with thousands separated: enough to compare, few enough to be honest. */
export function formatFigure(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded.toLocaleString("en-US", { maximumFractionDigits: 6 });
}

export function renderTable(result: BenchResult): string {
  const header = ["quantity", "value", "unit", "baseline", "ratio", "goal", ""];
  const rows = result.rows.map((row) => [
    row.quantity,
    formatFigure(row.value),
    row.unit,
    row.baseline === undefined ? "" : `${formatFigure(row.baseline.value)} (${row.baseline.of})`,
    row.ratio === undefined ? "" : row.ratio.toFixed(2),
    row.goal ?? "",
    row.met === undefined ? "" : row.met ? "met" : "MISSED",
  ]);
  const used = header.map((name, column) => name === "quantity" || rows.some((row) => row[column] !== ""));
  const shown = [header, ...rows].map((row) => row.filter((_, column) => used[column]));
  const widths =
    shown[0]?.map((_, column) => Math.max(...shown.map((row) => (row[column] ?? "").length))) ?? [];
  const lines = shown.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [result.title, "", lines[0], rule, ...lines.slice(1)].join("\n");
}

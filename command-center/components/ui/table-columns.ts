/** What a column is: how it reads, how it sorts, and what it writes into a CSV. Pure. */
import type { ReactNode } from "react";

export type CellValue = string | number | null;

export interface Column<Row> {
  readonly name: string;
  readonly numeric?: boolean;
  /** What sorts and is exported; null where nothing is known. */
  readonly value: (row: Row) => CellValue;
  readonly cell: (row: Row) => ReactNode;
}

/** Columns that are written into a file; nobody sees their cells. */
export function fileColumns<Row>(
  columns: readonly (readonly [name: string, value: Column<Row>["value"]])[],
): readonly Column<Row>[] {
  return columns.map(([name, value]) => ({ name, value, cell: value }));
}

export interface TableSort {
  readonly column: string;
  readonly descending: boolean;
}

/** Stable; what is unknown comes last in either direction. Null leaves the given order. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sort: TableSort | null,
): readonly Row[] {
  const column = columns.find(({ name }) => name === sort?.column);
  if (column === undefined || sort === null) return rows;
  const sign = sort.descending ? -1 : 1;
  return rows
    .map((row) => ({ row, value: column.value(row) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
      return sign * compare(a.value, b.value);
    })
    .map(({ row }) => row);
}

function compare(a: string | number, b: string | number): number {
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
}

/** RFC 4180. A cell that a spreadsheet would run as a formula is quoted with an apostrophe. */
export function csvOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const lines = rows.map((row) => columns.map((column) => csvCell(column.value(row))));
  return `${[columns.map(({ name }) => csvCell(name)), ...lines].map((line) => line.join(",")).join("\r\n")}\r\n`;
}

function csvCell(value: CellValue): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const inert = /^[=+\-@\t\r\n＝＋－＠]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

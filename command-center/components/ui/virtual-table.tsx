/**
 * A table of any length: only the rows in view exist, columns sort, and the same columns write the CSV. Rows are placed
 * by hand, which table elements do not allow, so the roles are said in words.
 */
"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { Scroller } from "@/components/ui/scroller.tsx";
import { type Column, sortRows, type TableSort } from "@/components/ui/table-columns.ts";

// biome-ignore-start lint/a11y/useSemanticElements: see the head of this file.
// biome-ignore-start lint/a11y/useFocusableInteractive: see the head of this file.

const ROW_PX = 40;

interface Props<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** The grid's tracks, as a class. */
  readonly tracks: string;
  /** The least width, as a class, below which the table scrolls sideways. */
  readonly minWidth: string;
  readonly rowsVisible?: number;
  readonly selected?: string | null;
  readonly onSelect?: (row: Row) => void;
}

export function VirtualTable<Row>(props: Props<Row>) {
  const {
    label,
    columns,
    rows,
    keyOf,
    tracks,
    minWidth,
    rowsVisible = 12,
    selected = null,
    onSelect,
  } = props;
  const scroller = useRef<HTMLElement>(null);
  const [sort, setSort] = useState<TableSort | null>(null);
  const sorted = useMemo(() => sortRows(rows, columns, sort), [rows, columns, sort]);
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
  });
  return (
    <Scroller
      label={label}
      region={scroller}
      className="relative overflow-auto"
      style={{ maxHeight: ROW_PX * (rowsVisible + 1) }}
    >
      <div role="table" aria-label={label} aria-rowcount={rows.length + 1} className={minWidth}>
        <div
          role="row"
          className={`sticky top-0 z-10 grid ${tracks} gap-x-4 border-b border-line bg-panel px-4 text-xs text-faint`}
        >
          {columns.map((column) => (
            <Head key={column.name} column={column} sort={sort} onSort={setSort} />
          ))}
        </div>
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = sorted[item.index];
            if (row === undefined) return null;
            const chosen = keyOf(row) === selected;
            return (
              <div
                key={keyOf(row)}
                role="row"
                aria-rowindex={item.index + 2}
                className={`figures absolute inset-x-0 top-0 grid ${tracks} items-center gap-x-4 border-b border-line px-4 ${chosen ? "bg-raised" : "hover:bg-hover"}`}
                style={{ height: ROW_PX, transform: `translateY(${item.start}px)` }}
              >
                {columns.map((column, index) => (
                  <span
                    key={column.name}
                    role="cell"
                    className={`min-w-0 truncate ${column.numeric ? "text-right" : ""} ${index === 0 ? "" : "text-soft"}`}
                  >
                    {index === 0 && onSelect !== undefined ? (
                      <Chooser chosen={chosen} onChoose={() => onSelect(row)}>
                        {column.cell(row)}
                      </Chooser>
                    ) : (
                      column.cell(row)
                    )}
                  </span>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </Scroller>
  );
}

interface HeadProps<Row> {
  readonly column: Column<Row>;
  readonly sort: TableSort | null;
  readonly onSort: (sort: TableSort | null) => void;
}

function Head<Row>({ column, sort, onSort }: HeadProps<Row>) {
  const mine = sort?.column === column.name ? sort : null;
  // Up, down, and back to the order it came in.
  const next: TableSort | null =
    mine === null
      ? { column: column.name, descending: column.numeric === true }
      : mine.descending === (column.numeric === true)
        ? { column: column.name, descending: !mine.descending }
        : null;
  const Arrow = mine?.descending ? ArrowDown : ArrowUp;
  return (
    <span
      role="columnheader"
      aria-sort={mine === null ? "none" : mine.descending ? "descending" : "ascending"}
      className={`flex min-w-0 ${column.numeric ? "justify-end" : ""}`}
    >
      <button
        type="button"
        onClick={() => onSort(next)}
        className="-mx-1 inline-flex min-w-0 items-center gap-1 rounded px-1 py-2 hover:text-ink"
      >
        <span className="truncate">{column.name}</span>
        {mine === null ? null : <Arrow size={12} aria-hidden="true" className="shrink-0" />}
      </button>
    </span>
  );
}

interface ChooserProps {
  readonly chosen: boolean;
  readonly onChoose: () => void;
  readonly children: ReactNode;
}

function Chooser({ chosen, onChoose, children }: ChooserProps) {
  return (
    <button
      type="button"
      onClick={onChoose}
      aria-pressed={chosen}
      className="flex max-w-full items-center gap-2 rounded font-medium underline-offset-2 hover:underline"
    >
      {children}
    </button>
  );
}
// biome-ignore-end lint/a11y/useSemanticElements: see the head of this file.
// biome-ignore-end lint/a11y/useFocusableInteractive: see the head of this file.

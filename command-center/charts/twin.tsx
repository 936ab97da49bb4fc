/**
 * The data of a drawing as a table, for reading and for screen readers, and as a file. Rows are written when the table
 * is opened: a page of twenty charts would otherwise carry a thousand of them unseen.
 */
"use client";

import { useId, useState } from "react";
import type { CellValue, Column } from "@/components/ui/table-columns.ts";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { fileName } from "@/lib/download.ts";

export interface TwinRow {
  /** As they are read. */
  readonly x: string;
  readonly y: string;
  /** As they are exported. */
  readonly values: readonly [x: CellValue, y: CellValue];
}

interface TwinProps {
  readonly title: string;
  readonly xName: string;
  readonly yName: string;
  readonly rows: () => readonly TwinRow[];
}

/** The height of the line that opens the table, kept free while there is no drawing yet. */
export const TWIN_LINE = "h-8 pointer-coarse:h-11";

export function Twin({ title, xName, yName, rows }: TwinProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <div className="text-xs text-faint">
      <p className={`flex items-center gap-1 ${TWIN_LINE}`}>
        <button
          type="button"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
          className="rounded px-1 py-0.5 whitespace-nowrap hover:text-ink"
        >
          As a table
        </button>
        <span className="ml-auto flex">
          <TakeAway
            className="text-xs! text-faint!"
            name={fileName(title)}
            rows={rows}
            columns={columnsOf(xName, yName)}
          />
        </span>
      </p>
      <div id={id}>{open ? <Rows title={title} xName={xName} yName={yName} rows={rows()} /> : null}</div>
    </div>
  );
}

function Rows({
  title,
  xName,
  yName,
  rows,
}: Omit<TwinProps, "rows"> & { readonly rows: readonly TwinRow[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
    <section className="max-h-48 overflow-y-auto" tabIndex={0} aria-label={`${title}, table`}>
      <table className="w-full text-left">
        <caption className="sr-only">{title}</caption>
        <thead>
          <tr>
            <th className="font-normal">{xName}</th>
            <th className="text-right font-normal">{yName}</th>
          </tr>
        </thead>
        <tbody className="text-soft">
          {rows.map((row) => (
            <tr key={row.x}>
              <td>{row.x}</td>
              <td className="text-right">{row.y}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function columnsOf(xName: string, yName: string): readonly Column<TwinRow>[] {
  return [
    { name: xName, value: ({ values }) => values[0], cell: ({ x }) => x },
    { name: yName, numeric: true, value: ({ values }) => values[1], cell: ({ y }) => y },
  ];
}

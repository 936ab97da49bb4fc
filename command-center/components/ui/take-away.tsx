/** Takes a panel's data away: CSV for a spreadsheet, JSON as the spore told it. Written when asked for, not before. */
"use client";

import { Button } from "@/components/ui/button.tsx";
import { type Column, csvOf } from "@/components/ui/table-columns.ts";
import { download } from "@/lib/download.ts";

interface Props<Row> {
  /** The file's name without its ending. */
  readonly name: string;
  readonly rows: readonly Row[] | (() => readonly Row[]);
  readonly columns: readonly Column<Row>[];
  /** What the JSON holds, where that is more than the rows. */
  readonly json?: unknown;
  readonly className?: string;
}

export function TakeAway<Row>({ name, rows, columns, json, className = "" }: Props<Row>) {
  const none = typeof rows !== "function" && rows.length === 0;
  const all = () => (typeof rows === "function" ? rows() : rows);
  return (
    <>
      <Button
        look="bare"
        className={className}
        disabled={none}
        aria-label={`CSV: ${name}`}
        title={`Download ${name}.csv`}
        onClick={() => download(`${name}.csv`, csvOf(all(), columns), "text/csv")}
      >
        CSV
      </Button>
      <Button
        look="bare"
        className={className}
        disabled={none && json == null}
        aria-label={`JSON: ${name}`}
        title={`Download ${name}.json`}
        onClick={() => download(`${name}.json`, JSON.stringify(json ?? all(), null, 2), "application/json")}
      >
        JSON
      </Button>
    </>
  );
}

/** As high as the tools that will stand there. */
export function ToolPlace() {
  return <span className="h-8 pointer-coarse:h-11" />;
}

/** Takes a panel's data away: CSV for a spreadsheet, JSON as the spore told it. */
"use client";

import { Button } from "@/components/ui/button.tsx";
import { type Column, csvOf } from "@/components/ui/table-columns.ts";
import { download } from "@/lib/download.ts";

interface Props<Row> {
  /** The file's name without its ending. */
  readonly name: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  /** What the JSON holds, where that is more than the rows. */
  readonly json?: unknown;
}

export function TakeAway<Row>({ name, rows, columns, json }: Props<Row>) {
  const none = rows.length === 0;
  return (
    <>
      <Button
        look="bare"
        disabled={none}
        title={`Download ${name}.csv`}
        onClick={() => download(`${name}.csv`, csvOf(rows, columns), "text/csv")}
      >
        CSV
      </Button>
      <Button
        look="bare"
        disabled={none}
        title={`Download ${name}.json`}
        onClick={() => download(`${name}.json`, JSON.stringify(json ?? rows, null, 2), "application/json")}
      >
        JSON
      </Button>
    </>
  );
}

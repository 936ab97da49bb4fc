/** A short table from the same columns that write its CSV. Longer ones are virtual-table.tsx. */
import { Scroller } from "@/components/ui/scroller.tsx";
import type { Column } from "@/components/ui/table-columns.ts";

interface Props<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row, index: number) => string;
}

export function DataTable<Row>({ label, columns, rows, keyOf }: Props<Row>) {
  return (
    <Scroller label={label}>
      <table className="w-full text-left">
        <thead className="text-xs text-faint">
          <tr>
            {columns.map((column) => (
              <th
                key={column.name}
                className={`py-1 pr-4 align-bottom font-normal last:pr-0 ${column.numeric ? "text-right" : ""}`}
              >
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={keyOf(row, index)} className="border-t border-line align-top">
              {columns.map((column) => (
                <td
                  key={column.name}
                  className={`py-1.5 pr-4 last:pr-0 ${column.numeric ? "text-right whitespace-nowrap" : ""}`}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

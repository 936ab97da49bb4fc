/** Any state a spore reports as rows for a spreadsheet: the path of each plain member, and its value. Pure. */
import { type CellValue, type Column, fileColumns } from "@/components/ui/table-columns.ts";

export interface StateRow {
  /** `budget.tokens_hour`, `bootstrap.seeds.0.url`. */
  readonly member: string;
  readonly value: CellValue;
}

export const STATE_COLUMNS: readonly Column<StateRow>[] = fileColumns([
  ["member", ({ member }) => member],
  ["value", ({ value }) => value],
]);

export function stateRows(state: unknown, member = ""): readonly StateRow[] {
  if (typeof state === "object" && state !== null) {
    return Object.entries(state).flatMap(([name, value]) =>
      stateRows(value, member === "" ? name : `${member}.${name}`),
    );
  }
  if (state === undefined) return [];
  return [{ member, value: typeof state === "number" || state === null ? state : String(state) }];
}

/** Takes one entry away: JSON as the spore told it, CSV of it and the entries around it. */
"use client";

import { useQuery } from "@tanstack/react-query";
import { type Column, fileColumns } from "@/components/ui/table-columns.ts";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { authorOf, textOf } from "@/features/memory/entry-text.ts";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { type EntryView, entryOptions, type Relative } from "@/lib/queries.ts";

interface Row extends Relative {
  readonly relation: "this" | "derived from" | "led to";
}

const COLUMNS: readonly Column<Row>[] = fileColumns([
  ["relation", ({ relation }) => relation],
  ["id", ({ id }) => id],
  ["kind", ({ kind }) => kind],
  ["label", ({ label }) => label],
  ["author", ({ author }) => author],
  ["content", ({ content }) => content ?? null],
]);

export function TakeEntry({ spore, id }: { readonly spore: ChosenSpore; readonly id: string }) {
  const view = useQuery({ ...entryOptions(spore, id), enabled: false }).data;
  return (
    <TakeAway
      name={`entry-${id.slice(0, 12)}`}
      rows={view === undefined ? [] : () => rowsOf(view)}
      columns={COLUMNS}
      json={view}
    />
  );
}

function rowsOf({ id, entry, parents, children }: EntryView): readonly Row[] {
  const { kind, label, body } = entry;
  return [
    { relation: "this", id, kind, label, author: authorOf(entry), content: textOf(body) },
    ...parents.map((parent) => ({ ...parent, relation: "derived from" as const })),
    ...children.map((child) => ({ ...child, relation: "led to" as const })),
  ];
}

/** The memory below the answers: search it, read one entry, follow its parents back to where it came from. */
"use client";

import { KINDS } from "@synapse/shared/contract/entry.ts";
import { LABELS, type Label } from "@synapse/shared/contract/label.ts";
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { NoSpore } from "@/components/state/no-spore.tsx";
import { Notice, QueryState } from "@/components/state/panel-states.tsx";
import { RowInput, Select } from "@/components/ui/field.tsx";
import { useHeldRows, WaitingRows } from "@/components/ui/held-rows.tsx";
import { Panel } from "@/components/ui/panel.tsx";
import { SporePicker } from "@/components/ui/spore-picker.tsx";
import { type Column, fileColumns } from "@/components/ui/table-columns.ts";
import { TakeAway, ToolPlace } from "@/components/ui/take-away.tsx";
import { EntryDetail } from "@/features/memory/entry-detail.tsx";
import { type MemoryRow, MemoryRows } from "@/features/memory/memory-rows.tsx";
import { TakeEntry } from "@/features/memory/take-entry.tsx";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { plural } from "@/lib/format.ts";
import { memoryOptions, searchOptions } from "@/lib/queries.ts";
import { useSelectedSpore } from "@/lib/selected-spore.ts";
import { useUrlState } from "@/lib/url-state.ts";

/** Enough to judge a search by; a better question beats a longer list. */
const HITS = 50;
/** The window without what stands above; the list scrolls inside. */
const LIST_HEIGHT = "h-[calc(100dvh-9rem)] min-h-96";
const KIND_OPTIONS = [
  { value: "any", name: "Any kind" },
  ...KINDS.map((kind) => ({ value: kind, name: kind })),
] as const;
const LABEL_OPTIONS = [
  { value: "any", name: "Any label" },
  ...LABELS.map((label) => ({ value: label, name: label })),
] as const;

const MEMORY_COLUMNS: readonly Column<MemoryRow>[] = fileColumns([
  ["id", ({ id }) => id],
  ["content", ({ content }) => content],
  ["kind", ({ kind }) => kind],
  ["label", ({ label }) => label],
  ["author", ({ author }) => author],
  ["written", ({ created_at }) => created_at],
  ["score", ({ score }) => score ?? null],
]);

export function MemoryExplorer() {
  const url = useUrlState();
  const { spore } = useSelectedSpore();
  const entry = url.get("entry");
  return (
    <div className="grid gap-4 lg:grid-cols-[minmax(22rem,2fr)_minmax(0,3fr)]">
      <div className={entry === null ? "" : "max-lg:order-2"}>
        {spore === null ? (
          <Panel title="Memory" className={LIST_HEIGHT}>
            <NoSpore rows={16} />
          </Panel>
        ) : (
          <Found spore={spore} selected={entry} onSelect={(id) => url.set({ entry: id }, "push")} />
        )}
      </div>
      <Panel
        title="Entry"
        className="lg:h-[calc(100dvh-9rem)] lg:overflow-y-auto"
        actions={entry === null || spore === null ? <ToolPlace /> : <TakeEntry spore={spore} id={entry} />}
      >
        {entry === null || spore === null ? (
          <Notice rows={16} title="Choose a memory">
            You see the signed entry: who wrote it, when, under which label, and what it was derived from.
          </Notice>
        ) : (
          <EntryDetail spore={spore} id={entry} onOpen={(id) => url.set({ entry: id }, "push")} />
        )}
      </Panel>
    </div>
  );
}

interface FoundProps {
  readonly spore: ChosenSpore;
  readonly selected: string | null;
  readonly onSelect: (id: string) => void;
}

function Found({ spore, selected, onSelect }: FoundProps) {
  const url = useUrlState();
  const [text, setText] = useState(url.get("mq") ?? "");
  const q = useDeferredValue(text.trim());
  const kind = url.get("kind") ?? "any";
  const label = LABELS.find((known) => known === url.get("label")) ?? "any";
  const params = new URLSearchParams({ q, k: String(HITS) });
  if (kind !== "any") params.set("kind", kind);
  const search = useQuery({ ...searchOptions(spore, params.toString()), enabled: q !== "" });
  const overview = useQuery(memoryOptions(spore));
  const note =
    overview.data === undefined
      ? undefined
      : `${plural(overview.data.total_memories, "entry", "entries")} on this spore`;
  const told: readonly MemoryRow[] = (q === "" ? overview.data?.recent : search.data?.results) ?? [];
  const shown = told.filter(
    (row) => (label === "any" || row.label === label) && (kind === "any" || row.kind === kind),
  );
  return (
    <Panel
      title="Memory"
      flush
      note={note}
      actions={
        <>
          <SporePicker />
          <TakeAway name="memories" rows={shown} columns={MEMORY_COLUMNS} />
        </>
      }
      className={LIST_HEIGHT}
    >
      <div className="flex h-full flex-col">
        <div className="flex flex-wrap gap-2 border-b border-line p-2">
          <RowInput
            type="search"
            data-search
            label="Search memories"
            placeholder="Search memories"
            value={text}
            onChange={(typed) => {
              setText(typed);
              url.set({ mq: typed.trim() });
            }}
          />
          <Select
            label="Kind"
            value={kind}
            options={KIND_OPTIONS}
            onChange={(value) => url.set({ kind: value === "any" ? null : value })}
          />
          <Select<Label | "any">
            label="Label"
            value={label}
            options={LABEL_OPTIONS}
            onChange={(value) => url.set({ label: value === "any" ? null : value })}
          />
        </div>
        <div className="relative min-h-0 grow basis-0 overflow-y-auto">
          {q === "" ? (
            <QueryState query={overview} what="recent memories" rows={12}>
              {() => (
                <Recent
                  rows={shown}
                  view={`${spore.url} ${kind} ${label}`}
                  selected={selected}
                  onSelect={onSelect}
                />
              )}
            </QueryState>
          ) : (
            <QueryState query={search} what="matching memories" rows={12}>
              {(data) => (
                <MemoryRows
                  title={`${data.results.length === HITS ? `Best ${HITS}` : data.results.length} found in ${data.took_ms.toFixed(1)} ms`}
                  rows={shown}
                  selected={selected}
                  onSelect={onSelect}
                />
              )}
            </QueryState>
          )}
        </div>
      </div>
    </Panel>
  );
}

interface RecentProps extends Pick<FoundProps, "selected" | "onSelect"> {
  readonly rows: readonly MemoryRow[];
  readonly view: string;
}

function Recent({ rows, view, selected, onSelect }: RecentProps) {
  const held = useHeldRows(rows, ({ id }) => id, view);
  return (
    <>
      <div className="sticky top-0 z-10">
        <WaitingRows waiting={held.waiting} show={held.show} />
      </div>
      <MemoryRows title="Most recent" rows={held.shown} selected={selected} onSelect={onSelect} />
    </>
  );
}

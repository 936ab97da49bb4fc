/** Memories as a list, by relevance or by time. */
"use client";

import { Notice } from "@/components/state/panel-states.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { Moment } from "@/components/ui/time.tsx";
import { formatDecimal, toMs } from "@/lib/format.ts";

export interface MemoryRow {
  readonly id: string;
  readonly content: string;
  readonly author: string;
  readonly kind: string;
  readonly label: string;
  readonly created_at: string;
  readonly score?: number;
}

interface Props {
  readonly title: string;
  readonly rows: readonly MemoryRow[];
  readonly selected: string | null;
  readonly onSelect: (id: string) => void;
}

export function MemoryRows({ title, rows, selected, onSelect }: Props) {
  if (rows.length === 0) {
    return (
      <Notice rows={12} title="Nothing here">
        Nothing matches, or nothing that you may read. What you remember with{" "}
        <code className="font-mono text-xs">bun run remember notes/</code> appears here.
      </Notice>
    );
  }
  return (
    <>
      <p className="eyebrow px-4 pt-3 pb-1">{title}</p>
      <ul className="divide-y divide-line">
        {rows.map((row) => (
          <li key={row.id}>
            <button
              type="button"
              aria-current={row.id === selected ? "true" : undefined}
              onClick={() => onSelect(row.id)}
              className={`block w-full px-4 py-2 text-left -outline-offset-2 ${row.id === selected ? "bg-raised" : "hover:bg-hover"}`}
            >
              <span className="line-clamp-3 whitespace-pre-line">{row.content}</span>
              <span className="figures mt-0.5 flex items-center gap-3 text-xs text-faint">
                <SporeName id={row.author} />
                <span>{row.kind}</span>
                <span>{row.label}</span>
                {row.score === undefined ? null : <span title="Relevance">{formatDecimal(row.score)}</span>}
                <span className="ml-auto">
                  <Moment at={toMs(row.created_at)} />
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

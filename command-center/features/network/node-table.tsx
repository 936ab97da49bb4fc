/** Every spore as a row; only the rows in view exist. The graph's and the globe's twin. */
"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import { Notice } from "@/components/state/panel-states.tsx";
import { SporeMark } from "@/components/ui/spore-mark.tsx";
import { NodeBadge } from "@/components/ui/state-badge.tsx";
import { Age } from "@/components/ui/time.tsx";
import type { FleetNode } from "@/lib/fleet.ts";
import { formatCount, GAP, shortId } from "@/lib/format.ts";

// biome-ignore-start lint/a11y/useSemanticElements: rows are placed by hand, so that only those in view exist; table elements cannot be.
// biome-ignore-start lint/a11y/useFocusableInteractive: rows are placed by hand, so that only those in view exist; table elements cannot be.

const ROW_PX = 40;
const VISIBLE_ROWS = 12;
const COLUMNS =
  "grid-cols-[minmax(11rem,2fr)_7rem_7rem_minmax(8rem,1.5fr)_7rem_5.5rem_6rem_minmax(8rem,1fr)]";
const HEADS = ["Spore", "State", "Role", "Model", "Cluster", "Memories", "Heard", "Place"];

interface Props {
  readonly nodes: readonly FleetNode[];
  readonly selected: string | null;
  readonly onSelect: (key: string) => void;
}

export function NodeTable({ nodes, selected, onSelect }: Props) {
  const scroller = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: nodes.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
  });
  if (nodes.length === 0) return <Notice rows={6} title="No spore is known" />;
  return (
    <section
      ref={scroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
      tabIndex={0}
      aria-label="All spores, table"
      className="relative overflow-auto"
      style={{ maxHeight: ROW_PX * (VISIBLE_ROWS + 1) }}
    >
      <div role="table" aria-label="Spores" aria-rowcount={nodes.length + 1} className="min-w-[58rem]">
        <div
          role="row"
          className={`sticky top-0 z-10 grid ${COLUMNS} gap-x-4 border-b border-line bg-panel px-4 py-2 text-xs text-faint`}
        >
          {HEADS.map((head) => (
            <span key={head} role="columnheader" className={head === "Memories" ? "text-right" : ""}>
              {head}
            </span>
          ))}
        </div>
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const node = nodes[item.index];
            if (node === undefined) return null;
            return (
              <Row
                key={node.key}
                node={node}
                index={item.index}
                top={item.start}
                selected={node.key === selected}
                onSelect={onSelect}
              />
            );
          })}
        </div>
      </div>
    </section>
  );
}

interface RowProps {
  readonly node: FleetNode;
  readonly index: number;
  readonly top: number;
  readonly selected: boolean;
  readonly onSelect: (key: string) => void;
}

function Row({ node, index, top, selected, onSelect }: RowProps) {
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={`figures absolute inset-x-0 top-0 grid ${COLUMNS} items-center gap-x-4 border-b border-line px-4 ${selected ? "bg-raised" : "hover:bg-hover"}`}
      style={{ height: ROW_PX, transform: `translateY(${top}px)` }}
    >
      <span role="cell" className="min-w-0">
        <button
          type="button"
          onClick={() => onSelect(node.key)}
          aria-pressed={selected}
          className="flex max-w-full items-center gap-2 rounded font-medium underline-offset-2 hover:underline"
        >
          <SporeMark id={node.key} role={node.role} />
          <span className="truncate">{node.name}</span>
        </button>
      </span>
      <span role="cell" title={node.reason ?? undefined}>
        <NodeBadge state={node.state} />
      </span>
      <span role="cell" className="truncate text-soft">
        {node.role ?? GAP}
      </span>
      <span role="cell" className="truncate text-soft" title={node.model ?? undefined}>
        {node.model ?? GAP}
      </span>
      <span role="cell" className="truncate text-soft">
        {node.mine ? "mine" : node.operator === null ? GAP : shortId(node.operator)}
      </span>
      <span role="cell" className="text-right">
        {formatCount(node.summary.memories)}
      </span>
      <span role="cell" className="text-soft">
        <Age at={node.heardAt} />
      </span>
      <span role="cell" className="truncate text-soft">
        {node.place?.name ?? "unknown"}
      </span>
    </div>
  );
}
// biome-ignore-end lint/a11y/useSemanticElements: rows are placed by hand, so that only those in view exist; table elements cannot be.
// biome-ignore-end lint/a11y/useFocusableInteractive: rows are placed by hand, so that only those in view exist; table elements cannot be.

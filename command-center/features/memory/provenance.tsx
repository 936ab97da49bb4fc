/**
 * The provenance graph of an entry: from what it was derived, through how many hands, back to the sources. Entries are
 * buttons placed in columns by generation; the lists below the entry are its twin in words.
 */
"use client";

import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { SporeMark } from "@/components/ui/spore-mark.tsx";
import { textOf } from "@/features/memory/entry-text.ts";
import {
  type Kin,
  type Lineage,
  lineageOf,
  type PlacedKin,
  type Relations,
  wantedBy,
} from "@/features/memory/provenance-layout.ts";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { plural } from "@/lib/format.ts";
import { type EntryView, entryOptions, type Relative } from "@/lib/queries.ts";

const WIDTH = 168;
const HEIGHT = 52;
const GAP_X = 44;
const GAP_Y = 12;

interface Props {
  readonly spore: ChosenSpore;
  readonly view: EntryView;
  readonly onOpen: (id: string) => void;
}

export function Provenance({ spore, view, onOpen }: Props) {
  const root: Kin = {
    id: view.id,
    kind: view.entry.kind,
    text: textOf(view.entry.body) ?? view.entry.kind,
    author: view.entry.replica.split(".")[0] ?? "",
  };
  const lineage = useLineage(spore, root, relationsOf(view));
  if (lineage.kin.length === 1) {
    return (
      <p className="text-soft">It stands alone: derived from nothing, and nothing was derived from it yet.</p>
    );
  }
  const first = Math.min(...lineage.kin.map(({ generation }) => generation));
  const last = Math.max(...lineage.kin.map(({ generation }) => generation));
  const rows = Math.max(...lineage.kin.map(({ row }) => row)) + 1;
  const at = (kin: PlacedKin) => ({
    x: (kin.generation - first) * (WIDTH + GAP_X),
    y: kin.row * (HEIGHT + GAP_Y),
  });
  const size = {
    width: (last - first + 1) * (WIDTH + GAP_X) - GAP_X,
    height: rows * (HEIGHT + GAP_Y) - GAP_Y,
  };
  return (
    <figure className="min-w-0">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
      <section className="overflow-x-auto pb-2" tabIndex={0} aria-label="Provenance graph">
        <div className="relative" style={size}>
          <svg {...size} className="absolute inset-0" aria-hidden="true">
            <Links lineage={lineage} at={at} />
          </svg>
          {lineage.kin.map((kin) => (
            <KinButton key={kin.id} kin={kin} place={at(kin)} onOpen={onOpen} />
          ))}
        </div>
      </section>
      <figcaption className="mt-1 text-xs text-faint">{caption(lineage, first)}</figcaption>
    </figure>
  );
}

function caption({ kin, missing, left }: Lineage, first: number): string {
  const parts = [
    `${plural(kin.length, "entry", "entries")}, ${plural(-first, "generation")} back; sources stand on the left`,
  ];
  if (missing > 0) parts.push(`${missing} not held or not readable here`);
  if (left > 0) parts.push(`${left} more than there is room for`);
  return `${parts.join("; ")}.`;
}

interface LinksProps {
  readonly lineage: Lineage;
  readonly at: (kin: PlacedKin) => { readonly x: number; readonly y: number };
}

function Links({ lineage, at }: LinksProps) {
  const byId = new Map(lineage.kin.map((kin) => [kin.id, kin]));
  return (
    <g fill="none" stroke="var(--edge)">
      {lineage.links.map(({ from, to }) => {
        const [a, b] = [byId.get(from), byId.get(to)];
        if (a === undefined || b === undefined) return null;
        const [start, end] = [at(a), at(b)];
        const [x1, y1] = [start.x + WIDTH, start.y + HEIGHT / 2];
        const [x2, y2] = [end.x, end.y + HEIGHT / 2];
        const bend = GAP_X / 2;
        return (
          <path key={`${from}${to}`} d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`} />
        );
      })}
    </g>
  );
}

interface KinProps {
  readonly kin: PlacedKin;
  readonly place: { readonly x: number; readonly y: number };
  readonly onOpen: (id: string) => void;
}

function KinButton({ kin, place, onOpen }: KinProps) {
  const here = kin.generation === 0;
  return (
    <button
      type="button"
      aria-current={here ? "true" : undefined}
      onClick={() => onOpen(kin.id)}
      className={`absolute flex flex-col justify-center overflow-hidden rounded border px-2 text-left text-xs ${here ? "border-accent bg-accent-wash" : "border-line bg-raised hover:border-edge"}`}
      style={{ left: place.x, top: place.y, width: WIDTH, height: HEIGHT }}
    >
      <span className="flex w-full items-center gap-1.5 text-faint">
        <SporeMark id={kin.author} size={10} />
        {kin.kind}
      </span>
      <span className="line-clamp-2 w-full leading-4">{kin.text}</span>
    </button>
  );
}

function toKin(relative: Relative): Kin {
  return {
    id: relative.id,
    kind: relative.kind,
    text: relative.content || relative.kind,
    author: relative.author,
  };
}

function relationsOf(view: EntryView): Relations {
  return {
    parents: view.parents.map(toKin),
    children: view.children.map(toKin),
    missing: Math.max(0, view.entry.parents.length - view.parents.length),
  };
}

/** Reads ancestors generation by generation until the picture is complete. */
function useLineage(spore: ChosenSpore, root: Kin, own: Relations): Lineage {
  const [wanted, setWanted] = useState<readonly string[]>([]);
  const queries = useQueries({ queries: wanted.map((id) => entryOptions(spore, id)) });
  const known = new Map<string, Relations>([[root.id, own]]);
  wanted.forEach((id, index) => {
    const view = queries[index]?.data;
    if (view !== undefined) known.set(id, relationsOf(view));
  });
  const lineage = lineageOf(root, (id) => known.get(id));
  const next = wantedBy(lineage).filter((id) => id !== root.id);
  if (next.length !== wanted.length || next.some((id, index) => id !== wanted[index])) setWanted(next);
  return lineage;
}

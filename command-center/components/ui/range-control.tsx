/** The one control of the time range: presets that move with the present, and a span of one's own. */
"use client";

import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button.tsx";
import { INPUT, Select } from "@/components/ui/field.tsx";
import { formatMoment } from "@/lib/format.ts";
import { RANGES, type RangeName, spanOf, useTimeRange } from "@/lib/time-range.ts";

const OPTIONS = [...RANGES, { value: "own", name: "Own span" }] as const;

export function RangeControl() {
  const { range, select, zoom } = useTimeRange();
  const [editing, setEditing] = useState(false);
  const own = editing || range.kind === "fixed";
  const choose = (value: RangeName | "own") => {
    setEditing(value === "own");
    if (value !== "own") select(value);
  };
  return (
    <>
      {range.kind === "fixed" && !editing ? (
        <span className="figures text-xs text-faint">
          {formatMoment(range.from)} to {formatMoment(range.to)}
        </span>
      ) : null}
      {range.kind === "fixed" ? (
        <Button
          look="bare"
          onClick={() => choose("1h")}
          title="Back to the last hour, moving with the present"
        >
          <RotateCcw size={14} /> Now
        </Button>
      ) : null}
      <Select<RangeName | "own">
        label="Time range"
        value={own ? "own" : range.kind === "moving" ? range.name : "own"}
        options={OPTIONS}
        onChange={choose}
      />
      {editing ? (
        <OwnSpan
          start={spanOf(range, Date.now())}
          onUse={(from, to) => {
            setEditing(false);
            zoom(from, to);
          }}
        />
      ) : null}
    </>
  );
}

interface OwnSpanProps {
  readonly start: { readonly from: number; readonly to: number };
  readonly onUse: (from: number, to: number) => void;
}

function OwnSpan({ start, onUse }: OwnSpanProps) {
  const [from, setFrom] = useState(() => toInput(start.from));
  const [to, setTo] = useState(() => toInput(start.to));
  const fine = Date.parse(to) > Date.parse(from);
  return (
    <form
      className="flex flex-wrap items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (fine) onUse(Date.parse(from), Date.parse(to));
      }}
    >
      <input
        type="datetime-local"
        aria-label="From"
        className={`${INPUT} w-auto`}
        value={from}
        onChange={(event) => setFrom(event.target.value)}
      />
      <input
        type="datetime-local"
        aria-label="To"
        className={`${INPUT} w-auto`}
        value={to}
        onChange={(event) => setTo(event.target.value)}
      />
      <Button type="submit" disabled={!fine} title={fine ? undefined : "The end must come after the start"}>
        Show
      </Button>
    </form>
  );
}

/** What `datetime-local` holds: the reader's own clock, without a zone. */
function toInput(ms: number): string {
  const offset = new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - offset).toISOString().slice(0, 16);
}

/**
 * A list that new rows may not push down: they wait behind "3 new" until they are asked for, so that nothing moves
 * under the eyes of a reader or away from a finger. Rows that change, and the first that are there, are shown at once.
 */
"use client";

import { ArrowUp } from "lucide-react";
import { useState } from "react";
import { formatCount } from "@/lib/format.ts";

export interface HeldRows<Row> {
  readonly shown: readonly Row[];
  readonly waiting: number;
  readonly show: () => void;
}

/**
 * @param rows newest first
 * @param view whatever makes it another list (filter, spore): nothing waits in a list just opened
 */
export function useHeldRows<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  view: string,
): HeldRows<Row> {
  const first = rows[0] === undefined ? null : keyOf(rows[0]);
  const [held, setHeld] = useState<{ readonly view: string; readonly from: string | null }>({
    view,
    from: first,
  });
  // Another list, or the first row of this one: everything that is there is shown.
  const fresh = held.view !== view || held.from === null;
  if (fresh && (held.view !== view || first !== null)) setHeld({ view, from: first });
  const at = fresh ? 0 : rows.findIndex((row) => keyOf(row) === held.from);
  // A row that is gone (corrected, or fallen off the end) holds nothing back, and is not looked for again.
  if (at < 0) setHeld({ view, from: first });
  const waiting = Math.max(0, at);
  return {
    shown: waiting === 0 ? rows : rows.slice(waiting),
    waiting,
    show: () => setHeld({ view, from: first }),
  };
}

/** Lies over the top of the list, which must be positioned. */
export function WaitingRows({ waiting, show }: Pick<HeldRows<unknown>, "waiting" | "show">) {
  return (
    <div role="status" className="pointer-events-none absolute inset-x-0 top-2 z-10 flex justify-center">
      {waiting === 0 ? null : (
        <button
          type="button"
          onClick={show}
          className="pointer-events-auto inline-flex h-8 items-center gap-1.5 rounded-full bg-accent px-3 text-sm font-medium text-accent-ink shadow-pop"
        >
          <ArrowUp size={14} aria-hidden="true" /> {formatCount(waiting)} new
        </button>
      )}
    </div>
  );
}

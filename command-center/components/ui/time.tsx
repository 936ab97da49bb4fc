/** Moments and ages: local time on the page, UTC on hover. */
"use client";

import { useNow } from "@/lib/clock.ts";
import { formatAge, formatMoment, formatUtc, GAP } from "@/lib/format.ts";

export function Age({ at, className = "" }: { readonly at: number | null; readonly className?: string }) {
  const now = useNow();
  if (at === null) return <span className={className}>{GAP}</span>;
  return (
    <time
      dateTime={new Date(at).toISOString()}
      title={formatUtc(at)}
      className={`figures whitespace-nowrap ${className}`}
    >
      {formatAge(now - at)}
    </time>
  );
}

export function Moment({ at, className = "" }: { readonly at: number | null; readonly className?: string }) {
  if (at === null) return <span className={className}>{GAP}</span>;
  return (
    <time
      dateTime={new Date(at).toISOString()}
      title={formatUtc(at)}
      className={`figures whitespace-nowrap ${className}`}
    >
      {formatMoment(at)}
    </time>
  );
}

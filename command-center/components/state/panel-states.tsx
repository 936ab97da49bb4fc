/**
 * What a panel shows when it has no content to show: loading, empty, error, unauthorised, not running. Each fills the
 * space the content would have (`rows` of 20 px), says why, and offers the next step. Sizes are classes, not inline
 * styles: these states are part of the prerendered pages, whose policy allows no inline style.
 */
"use client";

import type { UseQueryResult } from "@tanstack/react-query";
import { CircleSlash, KeyRound, PlugZap, RotateCw } from "lucide-react";
import { type ReactNode, useDeferredValue } from "react";
import { useConnect } from "@/components/shell/connect-context.tsx";
import { Button } from "@/components/ui/button.tsx";
import { Age } from "@/components/ui/time.tsx";
import { SporeError } from "@/lib/spore-client.ts";
import { hostLabel } from "@/lib/spore-url.ts";

/** Lines of 20 px that a panel's content takes: one figure, or one for narrow pages (one column) and one for wide ones. */
export type Rows = number | { readonly narrow: number; readonly wide: number };

const HEIGHTS: readonly (readonly [rows: number, narrow: string, wide: string])[] = [
  [1, "min-h-5", "lg:min-h-5"],
  [6, "min-h-30", "lg:min-h-30"],
  [10, "min-h-50", "lg:min-h-50"],
  [12, "min-h-60", "lg:min-h-60"],
  [16, "min-h-80", "lg:min-h-80"],
  [18, "min-h-90", "lg:min-h-90"],
  [24, "min-h-120", "lg:min-h-120"],
  [32, "min-h-160", "lg:min-h-160"],
  [44, "min-h-220", "lg:min-h-220"],
];
const BARS = ["w-11/12", "w-2/3", "w-5/6", "w-1/2", "w-3/4", "w-2/5"];

/** The class of the smallest listed height that holds so many rows. */
export function heightOf(rows: Rows): string {
  const { narrow, wide } = typeof rows === "number" ? { narrow: rows, wide: rows } : rows;
  const of = (count: number) => HEIGHTS.find(([most]) => count <= most) ?? HEIGHTS.at(-1);
  return `${of(narrow)?.[1]} ${of(wide)?.[2]}`;
}

interface Frame {
  readonly rows: Rows;
}

export function LoadingState({ rows, what }: Frame & { readonly what: string }) {
  return (
    <div role="status" className={`waiting flex flex-col gap-2 ${heightOf(rows)}`}>
      <span className="sr-only">Reading {what}</span>
      {BARS.slice(0, barsFor(rows)).map((width) => (
        <div key={width} className={`h-3 rounded bg-raised ${width}`} />
      ))}
    </div>
  );
}

/** Content whose figures are still being read: the same frame, without them. */
export function Pending({ what, children }: { readonly what: string; readonly children: ReactNode }) {
  return (
    <div role="status" aria-busy="true" className="waiting">
      <span className="sr-only">Reading {what}</span>
      {children}
    </div>
  );
}

function barsFor(rows: Rows): number {
  return Math.max(1, Math.floor((typeof rows === "number" ? rows : rows.wide) / 2));
}

export function Notice({
  rows,
  icon,
  title,
  children,
  action,
}: Frame & {
  readonly icon?: ReactNode;
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <div
      className={`flex flex-col items-center justify-center gap-2 px-4 py-3 text-center ${heightOf(rows)}`}
    >
      {icon === undefined ? null : <div className="text-faint">{icon}</div>}
      <p className="text-sm font-medium">{title}</p>
      {children === undefined ? null : <div className="max-w-prose text-sm text-soft">{children}</div>}
      {action}
    </div>
  );
}

export function ErrorState({
  rows,
  error,
  retry,
}: Frame & { readonly error: Error; readonly retry: () => void }) {
  const { open } = useConnect();
  const failure = error instanceof SporeError ? error.failure : null;
  const spore = error instanceof SporeError ? hostLabel(error.spore) : "This page";
  if (failure?.kind === "unauthorised") {
    return (
      <Notice
        rows={rows}
        icon={<KeyRound size={18} />}
        title={`${spore} asks who you are`}
        action={<Button onClick={() => open("token")}>Enter the operator token</Button>}
      >
        {failure.message}
      </Notice>
    );
  }
  return (
    <Notice
      rows={rows}
      icon={<PlugZap size={18} />}
      title={`${spore} did not answer as expected`}
      action={
        <Button onClick={retry}>
          <RotateCw size={14} /> Try again
        </Button>
      }
    >
      {error.message}
    </Notice>
  );
}

/** A part of the mission that the spore does not run; the reason is the spore's own. */
export function NotRunning({
  rows,
  spore,
  reason,
}: Frame & { readonly spore: string; readonly reason: string }) {
  return (
    <Notice rows={rows} icon={<CircleSlash size={18} />} title={`Not running on ${spore}`}>
      {reason}
    </Notice>
  );
}

interface QueryStateProps<T> extends Frame {
  readonly query: UseQueryResult<T>;
  readonly what: string;
  /** Instead of the usual bars: the content's own frame, where its parts have a size of their own. */
  readonly loading?: ReactNode;
  readonly children: (data: T) => ReactNode;
}

/** Chooses among the states of one query. Content that can no longer be refreshed stays, marked as stale. */
export function QueryState<T>({ query, what, rows, loading, children }: QueryStateProps<T>) {
  const { data, error } = query;
  if (data === undefined && error !== null)
    return <ErrorState rows={rows} error={error} retry={() => void query.refetch()} />;
  const place =
    loading === undefined ? (
      <LoadingState rows={rows} what={what} />
    ) : (
      <Pending what={what}>{loading}</Pending>
    );
  if (data === undefined) return place;
  return (
    <Content place={place}>
      {() => (
        <>
          {error === null ? null : (
            <StaleLine error={error} at={query.dataUpdatedAt} retry={() => void query.refetch()} />
          )}
          {children(data)}
        </>
      )}
    </Content>
  );
}

/**
 * Built for the first time piece by piece, between whatever else the page has to do: the answers to ten questions
 * arrive together. From then on changes are shown at once.
 */
function Content({ place, children }: { readonly place: ReactNode; readonly children: () => ReactNode }) {
  const isDue = useDeferredValue(true, false);
  return isDue ? children() : place;
}

function StaleLine({
  error,
  at,
  retry,
}: {
  readonly error: Error;
  readonly at: number;
  readonly retry: () => void;
}) {
  const spore = error instanceof SporeError ? hostLabel(error.spore) : "The source";
  return (
    <p className="mb-2 flex flex-wrap items-center gap-x-2 rounded bg-warn-wash px-3 py-1.5 text-xs text-warn">
      <span>
        Stale: {spore} stopped answering ({error.message}). Shown as of <Age at={at} />.
      </span>
      <button type="button" onClick={retry} className="underline underline-offset-2">
        Try again
      </button>
    </p>
  );
}

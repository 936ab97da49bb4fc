/**
 * What is selected, filtered and ranged lives in the query string, so that a link, a reload and the Back button all
 * show the same page. Choosing something adds a history entry; typing and toggling replace the present one.
 */
"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { useCallback } from "react";

export interface UrlState {
  readonly get: (name: string) => string | null;
  /** Null removes a member. `push` makes the Back button come back here. */
  readonly set: (changes: Readonly<Record<string, string | null>>, how?: "push" | "replace") => void;
}

export function useUrlState(): UrlState {
  const params = useSearchParams();
  const get = useCallback((name: string) => params.get(name), [params]);
  const set = useCallback(
    (changes: Readonly<Record<string, string | null>>, how: "push" | "replace" = "replace") => {
      const url = withParams(window.location.pathname, window.location.search, changes);
      if (url === `${window.location.pathname}${window.location.search}`) return;
      if (how === "push") window.history.pushState(null, "", url);
      else window.history.replaceState(null, "", url);
    },
    [],
  );
  return { get, set };
}

function withParams(
  pathname: string,
  search: string,
  changes: Readonly<Record<string, string | null>>,
): string {
  const params = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") params.delete(name);
    else params.set(name, value);
  }
  const query = params.toString();
  return query === "" ? pathname : `${pathname}?${query}`;
}

/** Without the trailing slash or `.html` that some static hosts show. */
export function useCleanPath(): string {
  const path = usePathname().replace(/\.html$/, "");
  return path.length > 1 ? path.replace(/\/$/, "") : "/";
}

/** The same address by the name of its file, for hosts that know no other: `/library?task=x` → `/library.html?task=x`. */
export function fileAddress(address: string): string {
  return address.replace(/^(\/[^/?#.]+)\/?(?=[?#]|$)/, "$1.html");
}

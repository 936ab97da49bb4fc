/** Keeps the address of the page such that a reload finds it, on a host that knows pages by the names of their files. */
"use client";

import { usePathname } from "next/navigation";
import { useEffect } from "react";
import { useChoice } from "@/lib/queries.ts";
import { fileAddress } from "@/lib/url-state.ts";

export function useFileAddress(): void {
  const asFile = useChoice().data?.fileAddresses ?? false;
  const path = usePathname();
  useEffect(() => {
    const named = fileAddress(path);
    if (!asFile || named === path) return;
    window.history.replaceState(null, "", `${named}${window.location.search}${window.location.hash}`);
  }, [asFile, path]);
}

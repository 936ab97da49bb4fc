/** The line above a page's panels: whose view this is, and what else applies to all of them. */
"use client";

import type { ReactNode } from "react";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { SporePicker } from "@/components/ui/spore-picker.tsx";
import { NodeBadge } from "@/components/ui/state-badge.tsx";
import { useSelectedSpore } from "@/lib/selected-spore.ts";

export function PageTools({ children }: { readonly children?: ReactNode }) {
  const { node, options } = useSelectedSpore();
  return (
    <div className="flex min-h-10 flex-wrap items-center gap-3 py-1 text-sm text-soft">
      {node === null ? (
        <span>No spore is connected.</span>
      ) : (
        <>
          <span>As seen by</span>
          {options.length > 1 ? (
            <SporePicker />
          ) : (
            <SporeName id={node.key} role={node.role} className="text-ink" />
          )}
          {node.state === "live" ? null : <NodeBadge state={node.state} />}
        </>
      )}
      <div className="ml-auto flex flex-wrap items-center gap-2">{children}</div>
    </div>
  );
}

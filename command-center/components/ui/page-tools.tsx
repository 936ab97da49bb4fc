/** The line above a page's panels: whose view this is, and what else applies to all of them. */
"use client";

import type { ReactNode } from "react";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { SporePicker } from "@/components/ui/spore-picker.tsx";
import { NodeBadge } from "@/components/ui/state-badge.tsx";
import { useChoice } from "@/lib/queries.ts";
import { useSelectedSpore } from "@/lib/selected-spore.ts";

export function PageTools({ children }: { readonly children?: ReactNode }) {
  const { node, options } = useSelectedSpore();
  const { data: choice } = useChoice();
  return (
    <div className="flex min-h-10 flex-wrap items-center gap-3 py-1 text-sm text-soft">
      {node === null ? (
        <span>{choice?.spores.length === 0 ? "No spore is connected." : "Looking for your spores"}</span>
      ) : (
        <>
          <span>As seen by</span>
          {options.length > 1 ? (
            <SporePicker />
          ) : (
            <SporeName id={node.key} role={node.role} className="text-ink" />
          )}
          {/* Connecting is over in a moment, and said by the indicator above. */}
          {node.state === "live" || node.state === "connecting" ? null : <NodeBadge state={node.state} />}
        </>
      )}
      <div className="ml-auto flex flex-wrap items-center gap-2">{children}</div>
    </div>
  );
}

/** A region that scrolls sideways. It takes focus, because the keyboard must reach what is cut off. */
"use client";

import { type ReactNode, useRef } from "react";
import { SidewaysEdges } from "@/components/ui/sideways.tsx";

export function Scroller({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  const region = useRef<HTMLElement>(null);
  return (
    <div className="relative min-w-0">
      <section
        ref={region}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
        tabIndex={0}
        aria-label={`${label}, table`}
        className="overflow-x-auto"
      >
        {children}
      </section>
      <SidewaysEdges region={region} />
    </div>
  );
}

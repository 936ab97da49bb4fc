/**
 * A region that scrolls. It takes focus, because the keyboard must reach what is cut off, and shows at its edges that more
 * stands to the side.
 */
"use client";

import { type CSSProperties, type ReactNode, type RefObject, useRef } from "react";
import { SidewaysEdges } from "@/components/ui/sideways.tsx";

interface Props {
  readonly label: string;
  /** For who needs the element itself. */
  readonly region?: RefObject<HTMLElement | null>;
  readonly className?: string;
  readonly style?: CSSProperties;
  readonly children: ReactNode;
}

export function Scroller({ label, region, className = "overflow-x-auto", style, children }: Props) {
  const own = useRef<HTMLElement>(null);
  const ref = region ?? own;
  return (
    <div className="relative min-w-0">
      <section
        ref={ref}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
        tabIndex={0}
        aria-label={`${label}, table`}
        className={className}
        style={style}
      >
        {children}
      </section>
      <SidewaysEdges region={ref} />
    </div>
  );
}

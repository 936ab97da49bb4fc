/** Shows at the edge of a region that more of it stands to the side: scrollbars are hidden on most small screens. */
"use client";

import { ChevronLeft, ChevronRight } from "lucide-react";
import { type RefObject, useEffect, useState } from "react";

/** Fractions of a pixel, where a page is zoomed, are no columns. */
const SLACK_PX = 2;

interface Hidden {
  readonly left: boolean;
  readonly right: boolean;
}

/** What of a scrolling element is out of sight, followed as it is scrolled and as it or its content changes size. */
function useHidden(region: RefObject<HTMLElement | null>): Hidden {
  const [hidden, setHidden] = useState<Hidden>({ left: false, right: false });
  useEffect(() => {
    const element = region.current;
    if (element === null) return;
    const read = () => {
      const left = element.scrollLeft > SLACK_PX;
      const right = element.scrollLeft + element.clientWidth < element.scrollWidth - SLACK_PX;
      setHidden((was) => (was.left === left && was.right === right ? was : { left, right }));
    };
    const sizes = new ResizeObserver(read);
    sizes.observe(element);
    for (const child of element.children) sizes.observe(child);
    element.addEventListener("scroll", read, { passive: true });
    return () => {
      sizes.disconnect();
      element.removeEventListener("scroll", read);
    };
  }, [region]);
  return hidden;
}

/** Lies over the region, takes no room and no clicks. Its parent is positioned and holds nothing but the two. */
export function SidewaysEdges({ region }: { readonly region: RefObject<HTMLElement | null> }) {
  const { left, right } = useHidden(region);
  return (
    <>
      {left ? (
        <span data-more="left" aria-hidden="true" className={`${EDGE} left-0 justify-start bg-linear-to-r`}>
          <ChevronLeft size={14} />
        </span>
      ) : null}
      {right ? (
        <span data-more="right" aria-hidden="true" className={`${EDGE} right-0 justify-end bg-linear-to-l`}>
          <ChevronRight size={14} />
        </span>
      ) : null}
    </>
  );
}

const EDGE =
  "pointer-events-none absolute inset-y-0 z-20 flex w-8 items-center from-panel from-30% to-transparent text-soft";

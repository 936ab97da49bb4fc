/** A region that scrolls sideways. It takes focus, because the keyboard must reach what is cut off. */
import type { ReactNode } from "react";

export function Scroller({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
    <section className="overflow-x-auto" aria-label={`${label}, table`} tabIndex={0}>
      {children}
    </section>
  );
}

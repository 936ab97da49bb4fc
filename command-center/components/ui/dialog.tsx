/** A modal dialog, and the same as a drawer from the right. Focus goes in, stays in, and returns. */
"use client";

import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { type ReactNode, useRef } from "react";

interface Props {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly description?: string;
  readonly children: ReactNode;
  readonly placement?: "centre" | "right" | "top";
}

const PLACES = {
  centre: "top-[12vh] left-1/2 max-h-[76vh] w-[min(34rem,calc(100vw-2rem))] -translate-x-1/2",
  top: "top-[10vh] left-1/2 max-h-[70vh] w-[min(40rem,calc(100vw-2rem))] -translate-x-1/2",
  right: "inset-y-2 right-2 w-[min(46rem,calc(100vw-1rem))]",
} as const;

export function Dialog({ open, onClose, title, description, children, placement = "centre" }: Props) {
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Base.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/40 transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Popup
          ref={popup}
          initialFocus={() => popup.current?.querySelector<HTMLElement>("[data-autofocus]") ?? true}
          className={`fixed z-50 flex flex-col overflow-hidden rounded bg-panel text-ink shadow-pop outline-none transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0 ${PLACES[placement]}`}
        >
          <div className="flex items-start gap-3 border-b border-line px-4 py-3">
            <div className="min-w-0 grow">
              <Base.Title className="text-base font-medium">{title}</Base.Title>
              {description === undefined ? null : (
                <Base.Description className="text-sm text-soft">{description}</Base.Description>
              )}
            </div>
            <Base.Close
              aria-label="Close"
              className="inline-flex size-8 shrink-0 items-center justify-center rounded text-soft hover:bg-hover hover:text-ink"
            >
              <X size={16} />
            </Base.Close>
          </div>
          <div className="min-h-0 grow overflow-y-auto p-4">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

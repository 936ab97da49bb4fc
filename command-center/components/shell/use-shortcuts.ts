/** Listens for the page's keys, except where the reader is typing or a dialog is open. */
"use client";

import { useRouter } from "next/navigation";
import { useEffect, useRef } from "react";
import { toggleTheme } from "@/components/shell/theme.ts";
import { usePause } from "@/lib/live.tsx";
import { isTyping, PAGES, SEQUENCE_MS } from "@/lib/shortcuts.ts";

interface Handlers {
  readonly onPalette: () => void;
  readonly onKeys: () => void;
}

export function useShortcuts({ onPalette, onKeys }: Handlers): void {
  const router = useRouter();
  const pause = usePause();
  const pressedG = useRef(0);
  const handler = (event: KeyboardEvent) => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      onPalette();
      return;
    }
    if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector('[role="dialog"]') !== null) return;
    const page = PAGES.find((other) => other.key === event.key);
    if (page !== undefined && event.timeStamp - pressedG.current < SEQUENCE_MS) {
      pressedG.current = 0;
      router.push(page.path);
      return;
    }
    switch (event.key) {
      case "g":
        pressedG.current = event.timeStamp;
        return;
      case "?":
        onKeys();
        return;
      case "p":
        pause.toggle();
        return;
      case "t":
        toggleTheme();
        return;
      case "/":
        event.preventDefault();
        document.querySelector<HTMLElement>("[data-search]")?.focus();
        return;
      default:
    }
  };
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => latest.current(event);
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}

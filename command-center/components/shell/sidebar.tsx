/** The way between the seven pages, and under it the state of the connections. */
"use client";

import {
  Atom,
  ChartSpline,
  Globe,
  LayoutDashboard,
  LibraryBig,
  type LucideIcon,
  Network,
  ShieldCheck,
} from "lucide-react";
import { PageLink } from "@/components/ui/page-link.tsx";
import { PAGES } from "@/lib/shortcuts.ts";
import { useCleanPath } from "@/lib/url-state.ts";

const ICONS: Readonly<Record<string, LucideIcon>> = {
  "/": LayoutDashboard,
  "/library": LibraryBig,
  "/sentinel": ShieldCheck,
  "/globe": Globe,
  "/analytics": ChartSpline,
  "/quantum": Atom,
  "/network": Network,
};

export function NavLinks({ onGo }: { readonly onGo?: () => void }) {
  const current = useCleanPath();
  return (
    <ul className="flex flex-col gap-0.5">
      {PAGES.map((page) => {
        const Icon = ICONS[page.path] ?? LayoutDashboard;
        const active = current === page.path;
        return (
          <li key={page.path}>
            <PageLink
              href={page.path}
              onClick={() => onGo?.()}
              data-touch
              aria-current={active ? "page" : undefined}
              title={`${page.question} (g ${page.key})`}
              className={`group flex h-9 items-center gap-2.5 rounded px-2.5 text-sm ${
                active ? "bg-raised font-medium text-ink" : "text-soft hover:bg-hover hover:text-ink"
              }`}
            >
              <Icon
                size={16}
                className={active ? "text-accent" : "text-faint group-hover:text-soft"}
                aria-hidden="true"
              />
              {page.name}
            </PageLink>
          </li>
        );
      })}
    </ul>
  );
}

/** The name, with a mark of three spores around one shared memory. */
export function Wordmark() {
  return (
    <PageLink
      href="/"
      className="flex items-center gap-2 rounded px-1 text-base font-semibold tracking-tight"
    >
      <svg width="22" height="22" viewBox="0 0 24 24" aria-hidden="true" className="text-accent">
        <g fill="none" stroke="currentColor" strokeWidth="1.5">
          <path d="M12 5.5v4M7 17l3.2-2.6M17 17l-3.2-2.6" />
          <circle cx="12" cy="12.5" r="2.8" fill="currentColor" stroke="none" />
          <circle cx="12" cy="3.5" r="2" />
          <circle cx="5.4" cy="18.4" r="2" />
          <circle cx="18.6" cy="18.4" r="2" />
        </g>
      </svg>
      Synapse
    </PageLink>
  );
}

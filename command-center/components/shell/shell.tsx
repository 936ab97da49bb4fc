/** Navigation, top bar, shortcuts and the live streams around every page. */
"use client";

import { KeyRound, Menu, Moon, Search, Sun } from "lucide-react";
import dynamic from "next/dynamic";
import { type ReactNode, Suspense, useState } from "react";
import { ConnectProvider, useConnect } from "@/components/shell/connect-context.tsx";
import { DemoBanner } from "@/components/shell/demo-banner.tsx";
import { FleetProvider } from "@/components/shell/fleet-context.tsx";
import { LiveIndicator } from "@/components/shell/live-indicator.tsx";
import { NavLinks, Wordmark } from "@/components/shell/sidebar.tsx";
import { toggleTheme, useTheme } from "@/components/shell/theme.ts";
import { TokenWarning } from "@/components/shell/token-warning.tsx";
import { useFileAddress } from "@/components/shell/use-file-address.ts";
import { useShortcuts } from "@/components/shell/use-shortcuts.ts";
import { LoadingState } from "@/components/state/panel-states.tsx";
import { Button, IconButton } from "@/components/ui/button.tsx";
import { PageLink } from "@/components/ui/page-link.tsx";
import { LiveStreams } from "@/lib/live.tsx";
import { useChoice, useToken } from "@/lib/queries.ts";
import { PAGES } from "@/lib/shortcuts.ts";
import { useCleanPath } from "@/lib/url-state.ts";

const Palette = dynamic(() => import("@/components/shell/palette.tsx").then((m) => m.Palette), {
  ssr: false,
});
const KeyList = dynamic(() => import("@/components/shell/key-list.tsx").then((m) => m.KeyList), {
  ssr: false,
});
const MobileMenu = dynamic(() => import("@/components/shell/mobile-menu.tsx").then((m) => m.MobileMenu), {
  ssr: false,
});

export function Shell({ children }: { readonly children: ReactNode }) {
  return (
    <FleetProvider>
      <ConnectProvider>
        <LiveStreams />
        <Frame>{children}</Frame>
      </ConnectProvider>
    </FleetProvider>
  );
}

type Overlay = "palette" | "keys" | "menu" | null;

function Frame({ children }: { readonly children: ReactNode }) {
  const [overlay, setOverlay] = useState<Overlay>(null);
  useFileAddress();
  useShortcuts({ onPalette: () => setOverlay("palette"), onKeys: () => setOverlay("keys") });
  const close = () => setOverlay(null);
  return (
    <div className="min-h-dvh md:pl-52">
      <a
        href="#main"
        className="sr-only z-50 rounded bg-accent px-3 py-2 text-accent-ink focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the content
      </a>
      <SideNav onKeys={() => setOverlay("keys")} />
      <TopBar onPalette={() => setOverlay("palette")} onMenu={() => setOverlay("menu")} />
      <DemoBanner />
      <TokenWarning />
      <ConfigProblem />
      <NoSpores />
      <main id="main" tabIndex={-1} className="mx-auto w-full max-w-[110rem] px-4 pb-10 outline-none sm:px-5">
        {/* The address is known in the browser only; until then the page's content is pending. */}
        <Suspense fallback={<LoadingState rows={24} what="the page" />}>{children}</Suspense>
      </main>
      {overlay === "palette" ? <Palette onClose={close} onKeys={() => setOverlay("keys")} /> : null}
      {overlay === "keys" ? <KeyList onClose={close} /> : null}
      {overlay === "menu" ? <MobileMenu onClose={close} /> : null}
    </div>
  );
}

function SideNav({ onKeys }: { readonly onKeys: () => void }) {
  return (
    <nav
      aria-label="Pages"
      className="fixed inset-y-0 left-0 z-20 hidden w-52 flex-col border-r border-line bg-page px-3 py-3 md:flex"
    >
      <div className="mb-5 flex h-8 items-center">
        <Wordmark />
      </div>
      <NavLinks />
      <button
        type="button"
        onClick={onKeys}
        className="mt-auto flex h-8 items-center gap-2 rounded px-2.5 text-xs text-faint hover:bg-hover hover:text-ink"
      >
        <kbd className="rounded border border-line px-1.5 font-mono">?</kbd> Keyboard
      </button>
    </nav>
  );
}

function TopBar({ onPalette, onMenu }: { readonly onPalette: () => void; readonly onMenu: () => void }) {
  const path = useCleanPath();
  const page = PAGES.find((other) => other.path === path);
  return (
    <header className="sticky top-0 z-10 mb-1 flex h-14 items-center gap-2 bg-page/95 px-4 backdrop-blur-sm sm:px-5">
      <IconButton label="Menu" onClick={onMenu} className="-ml-2 md:hidden">
        <Menu size={18} />
      </IconButton>
      <div className="min-w-0 grow">
        <h1 className="truncate text-base font-semibold tracking-tight">{page?.name ?? "Not found"}</h1>
        <p className="hidden truncate text-xs text-faint sm:block">{page?.question}</p>
      </div>
      <button
        type="button"
        onClick={onPalette}
        className="inline-flex h-8 shrink-0 items-center gap-2 rounded border-line px-2 text-sm text-faint hover:bg-hover hover:text-ink sm:border lg:w-52"
      >
        <Search size={15} aria-hidden="true" />
        <span className="sr-only lg:not-sr-only">Find anything</span>
        <span className="ml-auto hidden font-mono text-xs lg:inline">⌘K</span>
      </button>
      <LiveIndicator />
      <TokenButton />
      <ThemeButton />
    </header>
  );
}

function TokenButton() {
  const token = useToken();
  const { open } = useConnect();
  return (
    <IconButton
      label={token === null ? "Connections (no operator token)" : "Connections (operator token set)"}
      onClick={() => open("spores")}
      className="max-sm:hidden"
    >
      <KeyRound size={15} className={token === null ? "" : "text-good"} />
    </IconButton>
  );
}

function ThemeButton() {
  const theme = useTheme();
  return (
    <IconButton
      label={theme === "dark" ? "Light theme (t)" : "Dark theme (t)"}
      onClick={toggleTheme}
      className="max-sm:hidden"
    >
      {theme === "dark" ? <Sun size={15} /> : <Moon size={15} />}
    </IconButton>
  );
}

/** On the pages that have nothing to show yet; the Dashboard tells the whole story. */
function NoSpores() {
  const choice = useChoice().data;
  const path = useCleanPath();
  const { open } = useConnect();
  if (choice === undefined || choice.spores.length > 0 || path === "/") return null;
  return (
    <p className="mx-4 mb-3 flex flex-wrap items-center gap-3 rounded bg-raised px-3 py-2 text-sm text-soft sm:mx-5">
      <span className="grow">This page has no spore to look at yet.</span>
      <Button onClick={() => open("spores")}>Connect one</Button>
      <PageLink
        href="/"
        data-touch
        className="inline-flex items-center rounded text-accent underline-offset-2 hover:underline"
      >
        Other ways to begin
      </PageLink>
    </p>
  );
}

function ConfigProblem() {
  const problem = useChoice().data?.problem ?? null;
  if (problem === null) return null;
  return (
    <p role="alert" className="mx-5 mb-3 rounded bg-bad-wash px-3 py-2 text-sm text-bad">
      {problem}. The page goes on without it.
    </p>
  );
}

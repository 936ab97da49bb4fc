/** The frame every page shares. The boot script must stand first: see lib/boot-script.ts. */
import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { Providers } from "@/components/shell/providers.tsx";
import { Shell } from "@/components/shell/shell.tsx";
import { BOOT_SCRIPT } from "@/lib/boot-script.ts";
import { mono, sans } from "./typefaces.ts";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "Synapse", template: "%s · Synapse" },
  description: "The Command Center of a Synapse swarm.",
  referrer: "no-referrer",
  robots: { index: false },
};

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  themeColor: [
    { media: "(prefers-color-scheme: dark)", color: "#0c0f13" },
    { media: "(prefers-color-scheme: light)", color: "#f5f7f8" },
  ],
};

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en" className={`${sans.variable} ${mono.variable}`} suppressHydrationWarning>
      <head>
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: our own constant text, allowed by its hash. */}
        <script dangerouslySetInnerHTML={{ __html: BOOT_SCRIPT }} />
      </head>
      <body>
        <Providers>
          <Shell>{children}</Shell>
        </Providers>
      </body>
    </html>
  );
}

/** The two typefaces, served with the page; `bun scripts/subset-fonts.ts` makes the files. */
import localFont from "next/font/local";

export const sans = localFont({
  src: "./fonts/sans.woff2",
  variable: "--font-geist-sans",
  weight: "400 600",
  display: "swap",
});

/** Only ids and commands are set in it, so it may come later. */
export const mono = localFont({
  src: "./fonts/mono.woff2",
  variable: "--font-geist-mono",
  weight: "400",
  display: "swap",
  preload: false,
  adjustFontFallback: false,
});

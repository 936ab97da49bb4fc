/**
 * A static export: the page has no backend, so there is nothing to break into and any static host will do.
 * The `seal` step after the build (scripts/seal.ts) writes the content security policy into each page.
 */
import { fileURLToPath } from "node:url";
import type { NextConfig } from "next";

const config: NextConfig = {
  output: "export",
  reactStrictMode: true,
  devIndicators: false,
  images: { unoptimized: true },
  // Packages are linked from the repository's root, which Turbopack must be allowed to read.
  turbopack: { root: fileURLToPath(new URL("..", import.meta.url)) },
};

export default config;

/**
 * Cuts the Geist typefaces (SIL Open Font License) down to the characters and weights this page is set in: Latin with
 * its accents, and the signs we use. 140 kB become 42. Text in other scripts falls back to the reader's own fonts.
 */

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import subsetFont from "subset-font";

const SOURCE = fileURLToPath(new URL("../node_modules/geist/dist/fonts/", import.meta.url));
const TARGET = fileURLToPath(new URL("../app/fonts/", import.meta.url));
/** Basic Latin, Latin-1, Latin Extended-A. */
const LATIN_LAST = 0x17f;
const SIGNS = "–—‘’“”„•…‹›€←↑→↓−×≥≤≈⌘·";

const FONTS = [
  {
    from: "geist-sans/Geist-Variable.woff2",
    to: "sans.woff2",
    weights: { min: 400, max: 600, default: 400 },
  },
  { from: "geist-mono/GeistMono-Variable.woff2", to: "mono.woff2", weights: 400 },
] as const;

const letters = Array.from({ length: LATIN_LAST - 0x1f }, (_, index) =>
  String.fromCodePoint(0x20 + index),
).join("");

mkdirSync(TARGET, { recursive: true });
for (const font of FONTS) {
  const whole = Buffer.from(await Bun.file(`${SOURCE}${font.from}`).arrayBuffer());
  const cut = await subsetFont(whole, letters + SIGNS, {
    targetFormat: "woff2",
    variationAxes: { wght: font.weights },
  });
  await Bun.write(`${TARGET}${font.to}`, cut);
  process.stdout.write(`${font.to}: ${whole.length} → ${cut.length} bytes\n`);
}

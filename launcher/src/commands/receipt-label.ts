/** What whoever holds a receipt can read in it, in words; null where all of it is public anyway. */
import type { Label } from "@synapse/shared/contract/label.ts";

export function confidentialText(label: Label): string | null {
  if (label === "public") return null;
  const readers = label === "cluster" ? "your own spores" : "one spore";
  return `This receipt holds ${label} text, which only ${readers} may read: give it to nobody else.`;
}
